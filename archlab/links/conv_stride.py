"""conv_stride: down by strided convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab import trace
from archlab.fitting import coarser
from archlab.options import LevelLink, too_small, wrong_direction
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class ConvStride(LevelLink, frozen=True, kw_only=True):
    """Down: a 3x3 convolution of stride 2, per step.

    With `dims` 3, a 3x3x3 convolution, which halves D as well. An odd axis halves to the larger integer.
    """

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    source = "Wang et al. 2020 (HRNet), section 3, without its norms"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or a map too small to mirror its border."""
        yield from wrong_direction("conv_stride", steps, "down", {"same": "projection", "up": "interp_conv3"})
        if steps > 0:
            smallest = 2 ** (steps - 1) + 1
            kernel = "x".join("3" * self.dims)
            what = f"{plural(steps, f'{kernel} convolution')} of stride 2"
            yield from too_small(x, smallest, what)
            yield from self.depth_problems(x, steps, smallest=smallest, what=what)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step, rounding up."""
        return coarser(x, channels, steps, ceil=True, dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(trace.strided_conv(tape, channels, steps, dims=self.dims))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `steps` strided convolutions; the first changes the channels."""
        from archlab.nn.resample import StridedConv

        return StridedConv(x.channels, channels, steps, dims=self.dims)
