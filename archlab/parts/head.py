"""The base of every head."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap

if TYPE_CHECKING:
    from torch import nn


from archlab.parts.part import Part


class Head(Part, frozen=True, kw_only=True):
    """Stands on top of one output of the backbone (the last one: aggregate, U-Net's output, last stage)."""

    type: ClassVar[str] = ""

    def problems(self, x: FeatureMap, image: FeatureMap) -> Iterable[Problem]:
        """Everything that keeps this head from working on `x`; `image` is the document's input."""
        return ()

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """What leaves the network; size `()` for one vector per sample."""
        raise NotImplementedError

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost | None:
        """Closed form of the cost; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """The module."""
        raise NotImplementedError
