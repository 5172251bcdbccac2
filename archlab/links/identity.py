"""identity: nothing in between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.links.levels import wrong_direction
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class Identity(Link, frozen=True, kw_only=True):
    """Passes the map on as it is."""

    type = "identity"
    reads = "both"
    icon = "M2 8h12M10 4l4 4l-4 4"
    source = "He et al. 2016 (ResNet), identity shortcuts"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Another level, or another number of channels."""
        instead = {"down": "patch_merge, interp_conv3 or conv_stride", "up": "interp_conv3 or interp_conv1"}
        yield from wrong_direction("identity", steps, "same", instead)
        if x.channels != channels and not steps:
            yield Problem(
                code="AL303",
                message=f"an identity keeps its {x.channels} channels, the target asks for {channels}.",
                hint="Use projection, or zero_pad." if x.channels < channels else "Use projection.",
            )

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map of the source, unchanged."""
        return x

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        return Cost(aliases_input=True)

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """`nn.Identity`."""
        from torch import nn

        return nn.Identity()
