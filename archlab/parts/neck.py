"""The base of every neck."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.part import Part, Samples
from archlab.parts.wiring import Output, Wiring

if TYPE_CHECKING:
    from torch import nn


class Neck(Part, frozen=True, kw_only=True):
    """Maps the backbone's outputs to other outputs, before a head reads them.

    A neck either wires nodes - blocks, fusions, links, as a layout does - or, where it is one module, is a part itself:
    `problems`, `out`, `cost` and `build` are asked only for nodes made by `wiring.part(id, self, ..., kind="neck")`.
    """

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("8x16x16", "8x1x16x16", "8x3x16x16", "8x16x24", "8x4x8x12")

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        """Add the neck's nodes behind `outputs`, and return what it hands on: `wiring.read(id, ...)`."""
        raise NotImplementedError

    def problems(self, x: FeatureMap, image: FeatureMap) -> Iterable[Problem]:
        """Everything that keeps its module from working on `x`; `image` is the document's input."""
        return ()

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """The map that leaves its module, for a neck with nodes of its own: by default one like `x`."""
        return x

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost | None:
        """Closed form of the cost of its module; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """Its module, mapping `x` to `out(x, image)`."""
        raise NotImplementedError
