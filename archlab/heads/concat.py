"""concat: HRNetV2's head for segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.document.feature_map import FeatureMap
from archlab.heads.dense import Dense
from archlab.parts.head import Head
from archlab.parts.wiring import Output, Wiring

if TYPE_CHECKING:
    from torch import nn

FIT: dict[str, Any] = {"size": "target"}  # odd sizes come back exactly
MIX: dict[str, Any] = {"bias": True, "norm": "batch2d", "activation": "relu"}


class Concat(Head, frozen=True, kw_only=True):
    """All outputs enlarged to the finest and put side by side, then scores per pixel.

    Bilinear interpolation brings every map to the size of the first output; a 1x1 convolution with norm and ReLU mixes
    them (`pile`, `mixed`), and another convolution gives every pixel its scores.
    """

    type = "concat"
    icon = "M2 2h12v12h-12zM5 2v12M8 2v12M11 2v12"
    source = "Wang et al. 2020 (HRNet, arXiv 1908.07919), section 3, HRNetV2"

    samples = (("8x16x16", {"classes": 3}), ("8x3x8x12", {"classes": 3}))

    classes: Annotated[int, Meta(ge=1, le=65536, description="Classes or output channels per pixel.")] = 19
    kernel: Annotated[Literal[1, 3], Meta(description="Size of the last convolution in pixels.")] = 1
    resize: Annotated[bool, Meta(description="Bring the scores to the size of the input.")] = True

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> str:
        """The outputs side by side, mixed, and the scores."""
        outputs = tuple(sorted(outputs, key=lambda output: output.level))
        first = outputs[0]
        stage = 1 + max(node.stage for node in wiring.nodes)
        inputs = [
            wiring.wire(o.id, "identity") if o.level == first.level else wiring.wire(o.id, "resize", fields=FIT)
            for o in outputs
        ]
        pile = wiring.fusion(wiring.unused("pile"), level=first.level, stage=stage, inputs=inputs, merge="concat")
        mix = wiring.wire(pile, "projection", channels=sum(output.channels for output in outputs), fields=MIX)
        mixed = wiring.fusion(wiring.unused("mixed"), level=first.level, stage=stage + 1, inputs=[mix])
        last = wiring.wire(mixed)
        return wiring.part("head", self, inputs=[last], level=first.level, stage=stage + 2, kind="head")

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """Scores per pixel, at the input's size with `resize`."""
        return self._scores().out(x, image)

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        return self._scores().cost(x, image)

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """The last convolution, and interpolation where the size differs."""
        return self._scores().build(x, image)

    def _scores(self) -> Dense:
        return Dense(classes=self.classes, kernel=self.kernel, resize=self.resize)
