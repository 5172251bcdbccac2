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
    icon = "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5M6.25 7.75v4M4.25 9.75h4"
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
