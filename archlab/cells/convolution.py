"""C2: the convolution cell."""

from __future__ import annotations

from archlab.convolution_cell import ConvolutionCell


class Convolution(ConvolutionCell, frozen=True, kw_only=True):
    """3x3 convolution, norm and activation on each frame, then a mixer.

    The cheapest way to look at a neighbourhood. It asks for maps of at least 2x2 pixels.
    """

    codes = {"C2": {}}
    family = "convolution"
    icon = "M2 2h12v12h-12zM6 2v12M10 2v12M2 6h12M2 10h12"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT convolution module"
