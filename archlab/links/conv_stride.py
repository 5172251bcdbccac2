"""conv_stride: down by strided convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import conv_of, from_frames, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser
from archlab.links.levels import Dims, depth_problems, wrong_direction
from archlab.parts.link import Link
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class ConvStride(Link, frozen=True, kw_only=True):
    """Down: a 3x3 convolution of stride 2, per step.

    With `dims` 3, a 3x3x3 convolution, which halves D as well. An odd axis halves to the larger integer.
    """

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    source = "Wang et al. 2020 (HRNet), section 3, without its norms"

    dims: Dims = 2

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or a map too small to mirror its border."""
        yield from wrong_direction("conv_stride", steps, "down", {"same": "projection", "up": "interp_conv3"})
        if steps > 0:
            smallest = 2 ** (steps - 1) + 1
            kernel = "x".join("3" * self.dims)
            what = f"{plural(steps, f'{kernel} convolution')} of stride 2"
            yield from too_small(x, smallest, what)
            yield from depth_problems(self.dims, x, steps, smallest=smallest, what=what)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step, rounding up."""
        return coarser(x, channels, steps, ceil=True, dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, channels, steps, dims=self.dims))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `steps` strided convolutions; the first changes the channels."""
        from archlab.links.conv_stride_module import StridedConv

        return StridedConv(x.channels, channels, steps, dims=self.dims)


def _play(tape: Tape, channels: int, steps: int, *, dims: int = 2) -> Value:
    """Closed form of `conv_stride_module.StridedConv`: same operations, shapes only."""
    x = tape.x if dims == 3 else to_frames(tape, tape.x)[0]
    for _ in range(steps):
        x = conv_of(tape, x, channels, bias=False, stride=2)
    return x if dims == 3 else from_frames(tape, x, tape.x)
