"""transposed: up by transposed convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.scaling import finer
from archlab.links.levels import Dims, depth_problems, wrong_direction
from archlab.parts.fields import Bias
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class Transposed(Link, frozen=True, kw_only=True):
    """Up: a transposed 2x2 convolution of stride 2, per step.

    Every pixel becomes 2x2 pixels, 2x2x2 with `dims` 3, by weights of their own; the first step changes the channels.
    """

    type = "transposed"
    icon = "M2 10h4v4h-4zM7 2h7v7h-7zM10.5 2v7M7 5.5h7M4 9l2-2"
    samples = ("8x3x4", "8x2x3x4")
    source = "Ronneberger et al. 2015 (U-Net, arXiv 1505.04597), section 2, up-convolution"

    dims: Dims = 2
    bias: Bias = True

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not upward, or no D where it should double."""
        instead = {"same": "projection or identity", "down": "maxpool, patch_merge or conv_stride"}
        yield from wrong_direction("transposed", steps, "up", instead)
        yield from depth_problems(self.dims, x, steps)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Twice the size per step."""
        return finer(x, channels, max(-steps, 0), dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        maps = tape.x if self.dims == 3 else to_frames(tape, tape.x)[0]
        for _ in range(-steps):
            maps = tape.conv_transpose(maps, channels, (2,) * self.dims, bias=self.bias)
        return tape.cost(maps if self.dims == 3 else from_frames(tape, maps, tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `-steps` transposed convolutions."""
        from archlab.links import transposed_module

        return transposed_module.Transposed(x.channels, channels, -steps, dims=self.dims, bias=self.bias)
