"""mlp_decode: SegFormer's decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.document.feature_map import FeatureMap
from archlab.heads.dense import Dense
from archlab.parts.head import Head
from archlab.parts.wiring import Output, Wiring

if TYPE_CHECKING:
    from torch import nn

EMBED: dict[str, Any] = {"bias": True, "norm": "none", "mode": "linear", "size": "target"}
MIX: dict[str, Any] = {"norm": "batch2d", "activation": "relu"}


class MLPDecode(Head, frozen=True, kw_only=True):
    """A linear layer per output, all side by side, then scores per pixel.

    Every output is brought to `channels` by a 1x1 convolution at its own resolution and enlarged to the first output's
    size; a 1x1 convolution with norm and ReLU mixes them (`pile`, `mixed`), and another gives every pixel its scores.
    """

    type = "mlp_decode"
    icon = "M2 3h4M2 8h4M2 13h4M6 3l4 5M6 8h4M6 13l4-5M10 5h4v6h-4z"
    source = "Xie et al. 2021 (SegFormer, arXiv 2105.15203), section 3.2; Gu et al. 2022 (HRViT) segments with it"

    samples = (("8x16x16", {"channels": 6, "classes": 3}), ("8x3x8x12", {"channels": 6, "classes": 3}))

    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels of every output behind its own layer.")] = 256
    classes: Annotated[int, Meta(ge=1, le=65536, description="Classes or output channels per pixel.")] = 150
    resize: Annotated[bool, Meta(description="Bring the scores to the size of the input.")] = True

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> str:
        """The outputs with equally many channels side by side, mixed, and the scores."""
        outputs = tuple(sorted(outputs, key=lambda output: output.level))
        level = outputs[0].level
        stage = 1 + max(node.stage for node in wiring.nodes)
        inputs = [
            wiring.wire(output.id, "projection", channels=self.channels, fields={"bias": True})
            if output.level == level
            else wiring.wire(output.id, "conv_interp", channels=self.channels, fields=EMBED)
            for output in outputs
        ]
        pile = wiring.fusion(wiring.unused("pile"), level=level, stage=stage, inputs=inputs, merge="concat")
        mix = wiring.wire(pile, "projection", channels=self.channels, fields=MIX)
        mixed = wiring.fusion(wiring.unused("mixed"), level=level, stage=stage + 1, inputs=[mix])
        last = wiring.wire(mixed)
        return wiring.part("head", self, inputs=[last], level=level, stage=stage + 2, kind="head")

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """Scores per pixel, at the input's size with `resize`."""
        return self._scores().out(x, image)

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        return self._scores().cost(x, image)

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """The last 1x1 convolution, and interpolation where the size differs."""
        return self._scores().build(x, image)

    def _scores(self) -> Dense:
        return Dense(classes=self.classes, resize=self.resize)
