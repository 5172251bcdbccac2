"""conv_stride: down by strided convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab import trace
from archlab.fitting import coarser
from archlab.options import too_small, wrong_direction
from archlab.part import Link
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class ConvStride(Link, frozen=True, kw_only=True):
    """Down: a 3x3 convolution of stride 2, per step."""

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    source = "Wang et al. 2020 (HRNet), section 3, without its norms"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or a map too small to mirror its border."""
        yield from wrong_direction("conv_stride", steps, "down", {"same": "projection", "up": "interp_conv3"})
        if steps > 0:
            yield from too_small(x, 2 ** (steps - 1) + 1, f"{steps} 3x3 convolution{'s' * (steps > 1)} of stride 2")

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """H and W halved per step, rounding up."""
        return coarser(x, channels, steps, ceil=True)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(trace.strided_conv(tape, channels, steps))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `steps` strided convolutions; the first changes the channels."""
        from archlab.nn.resample import StridedConv

        return StridedConv(x.channels, channels, steps)
