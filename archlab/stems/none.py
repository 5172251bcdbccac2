"""none: the input enters the first block as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.document.feature_map import FeatureMap
from archlab.parts.stem import Stem

if TYPE_CHECKING:
    from torch import nn


class NoStem(Stem, frozen=True, kw_only=True):
    """No stem: the input enters the first block as it is."""

    type = "none"
    icon = "M2 8h12M10 4l4 4l-4 4"

    def out(self, x: FeatureMap) -> FeatureMap:
        """The input map, unchanged."""
        return x

    def cost(self, x: FeatureMap) -> Cost:
        """Nothing: the output is the input itself."""
        return Cost(aliases_input=True)

    def build(self, x: FeatureMap) -> nn.Module:
        """`nn.Identity`."""
        from torch import nn

        return nn.Identity()
