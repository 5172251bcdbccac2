"""projection: other channels, same size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.links.levels import wrong_direction
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class Projection(Link, frozen=True, kw_only=True):
    """1x1 convolution: other channels at the same size."""

    type = "projection"
    icon = "M2 4l4 2v4l-4 2zM8 8h6M11 5l3 3l-3 3"
    source = "He et al. 2016 (ResNet), projection shortcuts"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Another level."""
        instead = {"down": "patch_merge, interp_conv1 or conv_stride", "up": "interp_conv1 or interp_conv3"}
        yield from wrong_direction("projection", steps, "same", instead)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map with the channels asked for."""
        return x.with_channels(channels)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, channels))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """One 1x1 convolution without bias."""
        from archlab.links.projection_module import Pointwise

        return Pointwise(x.channels, channels)


def _play(tape: Tape, channels: int) -> Value:
    """Closed form of `projection_module.Pointwise`: same operations, shapes only."""
    frames, _ = to_frames(tape, tape.x)
    return from_frames(tape, tape.conv(frames, channels, (1, 1), bias=False), tape.x)
