"""C2: the convolution cell."""

from __future__ import annotations

from archlab.convolution_cell import ConvolutionCell


class Convolution(ConvolutionCell, frozen=True, kw_only=True):
    """3x3 convolution, norm and activation on each frame, then a mixer.

    The cheapest way to look at a neighbourhood. It asks for maps of at least 2x2 pixels.
    """

    codes = {"C2": {}}
    family = "convolution"
    icon = (
        "M8 5.5v5M5.5 8h5M2.5 2.5h.01M8 2.5h.01M13.5 2.5h.01M2.5 8h.01M13.5 8h.01M2.5 13.5h.01M8 13.5h.01M13.5 13.5h.01"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT convolution module"
