"""dense: scores for every pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from archlab import trace
from archlab.options import too_small
from archlab.part import Head
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class Dense(Head, frozen=True, kw_only=True):
    """Convolution that gives every pixel its scores, at the size of the input."""

    type = "dense"
    icon = "M2 2h12v12h-12zM2 6h12M2 10h12M6 2v12M10 2v12M6 6h4v4h-4z"
    source = "Long et al. 2015 (FCN), section 3; SNRAware (STCNNT), SimpleConv2d"

    classes: Annotated[int, Meta(ge=1, le=65536, description="Classes or output channels per pixel.")] = 2
    kernel: Annotated[Literal[1, 3], Meta(description="Size of the convolution in pixels.")] = 1
    resize: Annotated[bool, Meta(description="Bring the result to the size of the input: height, width and depth.")] = (
        True
    )

    def problems(self, x: FeatureMap, image: FeatureMap) -> Iterator[Problem]:
        """A map without pixels, or too small to mirror its border."""
        if self.kernel == 3:
            yield from too_small(x, 2, "a 3x3 convolution", code="AL411")

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """Scores per pixel, at the input's size with `resize`."""
        return (image if self.resize else x).with_channels(self.classes)

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(trace.dense_head(tape, self.classes, kernel=self.kernel, resize=self._target(x, image)))

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """Convolution, and interpolation where the size differs: bilinear, trilinear where D does too."""
        from archlab.nn.head import DenseHead

        return DenseHead(x.channels, self.classes, kernel=self.kernel, resize=self._target(x, image))

    def _target(self, x: FeatureMap, image: FeatureMap) -> tuple[int, ...] | None:
        """H x W to bring the result to, D x H x W where D differs too, None where it is there."""
        if not self.resize or image.size == x.size:
            return None
        return image.size if image.depth != x.depth else image.size[-2:]
