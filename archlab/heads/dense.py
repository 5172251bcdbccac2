"""dense: scores for every pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import conv3x3, from_frames, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.parts.head import Head

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
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, self.classes, kernel=self.kernel, resize=self._target(x, image)))

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """Convolution, and interpolation where the size differs: bilinear, trilinear where D does too."""
        from archlab.heads.dense_module import DenseHead

        return DenseHead(x.channels, self.classes, kernel=self.kernel, resize=self._target(x, image))

    def _target(self, x: FeatureMap, image: FeatureMap) -> tuple[int, ...] | None:
        """H x W to bring the result to, D x H x W where D differs too, None where it is there."""
        if not self.resize or image.size == x.size:
            return None
        return image.size if image.depth != x.depth else image.size[-2:]


def _play(tape: Tape, classes: int, *, kernel: int, resize: tuple[int, ...] | None) -> Value:
    """Closed form of `dense_module.DenseHead`: same operations, shapes only."""
    frames, _ = to_frames(tape, tape.x)
    frames = conv3x3(tape, frames, classes) if kernel == 3 else tape.conv(frames, classes, (1, 1))
    if resize is not None and len(resize) == 2:
        frames = tape.interpolate(frames, resize)
    out = from_frames(tape, frames, tape.x)
    return tape.interpolate(out, resize) if resize is not None and len(resize) == 3 else out
