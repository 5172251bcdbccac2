"""zero_pad: a shortcut to more channels without parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.links.levels import wrong_direction
from archlab.parts.link import Link

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
        """The cost, from the same operations as the module's, on shapes only."""
        if x.channels == channels:
            return Cost(aliases_input=True)
        tape = Tape(x)
        return tape.cost(tape.fill_up(tape.x, (channels, *tape.x.shape[2:])))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """The padding; `nn.Identity` where the channels are equal."""
        from torch import nn

        from archlab.links import zero_pad_module

        return zero_pad_module.ZeroPad(channels - x.channels) if channels > x.channels else nn.Identity()
