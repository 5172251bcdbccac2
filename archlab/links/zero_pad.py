"""zero_pad: a shortcut to more channels without parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab import trace
from archlab.options import wrong_direction
from archlab.part import Link
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class ZeroPad(Link, frozen=True, kw_only=True):
    """Passes the map on; channels that the target has more are zeros.

    In a sum, it adds the map onto the first channels of the others: SNRAware's MRI model adds the features in front of
    the backbone onto what leaves it (`stem>head`).
    """

    type = "zero_pad"
    icon = "M2 6h12M10 2l4 4l-4 4M2 12h1M5 12h1M8 12h1M11 12h1"
    source = "He et al. 2016 (ResNet), section 3.3, shortcut option A"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Another level, or fewer channels."""
        instead = {"down": "patch_merge, interp_conv1 or conv_stride", "up": "interp_conv1 or interp_conv3"}
        yield from wrong_direction("zero_pad", steps, "same", instead)
        if x.channels > channels and not steps:
            yield Problem(
                code="AL303",
                message=f"zero_pad keeps its {x.channels} channels and adds to them, the target asks for {channels}.",
                hint="Use projection.",
            )

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map with the channels asked for."""
        return x.with_channels(channels)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """Closed form."""
        if x.channels == channels:
            return Cost(aliases_input=True)
        tape = Tape(x)
        return tape.cost(trace.zero_pad(tape, channels))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """The padding; `nn.Identity` where the channels are equal."""
        from torch import nn

        from archlab.nn import resample

        return resample.ZeroPad(channels - x.channels) if channels > x.channels else nn.Identity()
