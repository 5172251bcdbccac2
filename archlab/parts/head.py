"""The base of every head."""

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


class Head(Part, frozen=True, kw_only=True):
    """Makes a prediction of the backbone's outputs.

    By default it is one module on the last output (aggregate, U-Net's output, last stage). A head that reads several
    outputs, or whose parts are to be seen and costed one by one, wires nodes of its own in `wire`.
    """

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("8x16x16", "8x1x16x16", "8x3x16x16", "8x16x24", "8x4x8x12")

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> str:
        """Add the head's nodes on top of `outputs` and return the id of the one whose tensor the network returns."""
        last = outputs[-1]
        stage = max(node.stage for node in wiring.nodes) + 1
        return wiring.part("head", self, inputs=[wiring.wire(last.id)], level=last.level, stage=stage, kind="head")

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
        """The torch module of a head that is one module, mapping `x` to `out(x, image)`."""
        raise NotImplementedError
