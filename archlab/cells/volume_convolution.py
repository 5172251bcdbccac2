"""C3: the three-dimensional convolution cell."""

from __future__ import annotations

from collections.abc import Iterator

from archlab.convolution_cell import ConvolutionCell
from archlab.fitting import larger_depth
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap


class VolumeConvolution(ConvolutionCell, frozen=True, kw_only=True):
    """3x3x3 convolution, norm and activation across frames, then a mixer.

    It asks for maps of at least 2x2x2 pixels; the mixer looks at each frame by itself.
    """

    codes = {"C3": {}}
    family = "convolution"
    icon = "M2 5h9v9h-9zM2 5l3-3h9v9l-3 3M11 5l3-3M5 5v9M8 5v9M2 8h9M2 11h9M14 5l-3 3M14 8l-3 3"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT convolution module"
    volumetric = True

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """A single frame, which cannot be mirrored."""
        yield from super().problems(x, width)
        if x.depth == 1:
            yield Problem(
                code="AL204",
                message="a 3x3x3 convolution mirrors the border and needs at least two frames, this map has one.",
                hint=f"Use the code C2, or {larger_depth(x)}.",
            )
