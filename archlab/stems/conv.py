"""conv: one convolution before the backbone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import conv3x3, from_frames, to_frames
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.parts.stem import Stem

if TYPE_CHECKING:
    from torch import nn


class ConvStem(Stem, frozen=True, kw_only=True):
    """3x3 convolution to more channels; the size stays."""

    type = "conv"
    icon = "M2 2h12v12h-12zM6 2v12M10 2v12M2 6h12M2 10h12"
    source = "SNRAware (STCNNT), PreConv2D"

    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels that leave the stem.")] = 32

    def problems(self, x: FeatureMap) -> Iterator[Problem]:
        """An input too small to mirror its border."""
        yield from too_small(x, 2, "a 3x3 convolution", code="AL401")

    def out(self, x: FeatureMap) -> FeatureMap:
        """Other channels, same size."""
        return x.with_channels(self.channels)

    def cost(self, x: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, _ = to_frames(tape, tape.x)
        return tape.cost(from_frames(tape, conv3x3(tape, frames, self.channels), tape.x))

    def build(self, x: FeatureMap) -> nn.Module:
        """One 3x3 convolution with bias."""
        from archlab.stems import conv_module

        return conv_module.ConvStem(x.channels, self.channels)
