"""interp_conv1, interp_conv3: up or down by interpolation and convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from archlab import trace
from archlab.fitting import coarser, finer
from archlab.options import too_small, wrong_direction
from archlab.part import Link
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class InterpConv(Link, frozen=True, kw_only=True):
    """Bilinear to twice or half the size, then a convolution, per step."""

    kernel: ClassVar[int]

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """No change of level, or a map too small for it."""
        yield from wrong_direction(self.type, steps, "down up", {"same": "projection or identity"})
        if steps > 0:
            smallest = 2 if self.kernel == 3 else 1  # a 3x3 convolution mirrors the border
            halvings = f"{steps} halving{'s' * (steps > 1)}"
            convolutions = " and 3x3 convolutions" if self.kernel == 3 else ""
            yield from too_small(x, smallest * 2**steps, halvings + convolutions)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """H and W halved (rounding down) or doubled per step."""
        return coarser(x, channels, steps) if steps > 0 else finer(x, channels, -steps)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(trace.interp_conv(tape, channels, abs(steps), kernel=self.kernel, up=steps < 0))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `abs(steps)` interpolations and convolutions; the first changes the channels."""
        from archlab.nn import resample

        return resample.InterpConv(x.channels, channels, abs(steps), kernel=self.kernel, up=steps < 0)


class InterpConv1(InterpConv, frozen=True, kw_only=True):
    """Up or down, per step: bilinear to twice or half the size, 1x1 convolution."""

    type = "interp_conv1"
    icon = "M2 14h4v-4h-4zM8 8h6v-6h-6zM5 8l3-3"
    source = "SNRAware (STCNNT) UpSample, with 1x1 convolutions"
    kernel = 1


class InterpConv3(InterpConv, frozen=True, kw_only=True):
    """Up or down, per step: bilinear to twice or half the size, 3x3 convolution."""

    type = "interp_conv3"
    icon = "M2 14h4v-4h-4zM8 8h6v-6h-6zM10 2v6M12 2v6M8 4h6M8 6h6"
    source = "SNRAware (STCNNT) UpSample"
    kernel = 3
