"""The base of every stem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.part import Part, Samples

if TYPE_CHECKING:
    from torch import nn


class Stem(Part, frozen=True, kw_only=True):
    """Stands before the backbone and may reduce the resolution."""

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("3x16x16", "3x1x16x16", "3x3x16x16", "3x16x24", "3x4x8x12")

    def problems(self, x: FeatureMap) -> Iterable[Problem]:
        """Everything that keeps this stem from working on `x`."""
        return ()

    def out(self, x: FeatureMap) -> FeatureMap:
        """The map that enters the first block; `x` is the document's input."""
        raise NotImplementedError

    def cost(self, x: FeatureMap) -> Cost | None:
        """Closed form of the cost; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap) -> nn.Module:
        """The torch module, mapping `(B, C, [D,] H, W)` of `x` to that of `out(x)`."""
        raise NotImplementedError
