"""incremental: HRNet's head for classification, each of its steps a node or a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.feature_map import FeatureMap
from archlab.parts.head import Head
from archlab.parts.wiring import Output, Wiring

if TYPE_CHECKING:
    from torch import nn

Width = Annotated[int, Meta(ge=1, le=65536)]
STEP: dict[str, Any] = {"bias": True, "norm": "batch2d", "activation": "relu"}
DOWN: dict[str, Any] = {**STEP, "padding": "zeros"}


class Incremental(Head, frozen=True, kw_only=True):
    """A bottleneck on every output, summed from the finest down to the coarsest.

    Then a 1x1 convolution to many features, their mean over all pixels, and one score per class. Every bottleneck
    `wide{number}`, every sum `total{number}` and every link between them is drawn and costed by itself. Outputs beyond
    the list of channels get its last number.
    """

    type = "incremental"
    icon = "M2 2h3v3h-3zM5 6h3v3h-3zM8 10h3v3h-3zM3.5 5l3 1M6.5 9l3 1M11 11.5h3"
    source = "Wang et al. 2020 (HRNet, arXiv 1908.07919), appendix, classification; Gu et al. 2022 (HRViT) has the same"

    samples = (
        ("8x16x16", {"channels": (8, 12), "features": 20, "classes": 5}),
        ("8x3x8x12", {"channels": (8, 12, 16), "features": 20, "classes": 5, "dropout": 0.5}),
    )

    channels: Annotated[
        tuple[Width, ...],
        Meta(
            min_length=1, max_length=12, description="Channels behind the bottleneck of each output, the finest first."
        ),
    ] = (128, 256, 512, 1024)
    features: Annotated[Width, Meta(description="Channels that the scores are made of.")] = 2048
    classes: Annotated[Width, Meta(description="Classes to tell apart.")] = 1000
    dropout: Annotated[float, Meta(ge=0, le=0.99, description="Share of the features left out in training.")] = 0.0

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> str:
        """A bottleneck per output, the sums of them on the way down, and the scores."""
        outputs = tuple(sorted(outputs, key=lambda output: output.level))
        stage = 1 + max(node.stage for node in wiring.nodes)
        total = ""
        for number, output in enumerate(outputs):
            level, channels = output.level, self.channels[min(number, len(self.channels) - 1)]
            wide = wiring.block(
                wiring.unused(f"wide{number}"),
                level=level,
                stage=stage,
                channels=channels,
                inputs=[wiring.wire(output.id)],
                cells=None,
                before=("K2",),
            )
            inputs = [wiring.wire(wide)]
            if total and level > outputs[number - 1].level:
                inputs.append(wiring.wire(total, "conv_stride", channels=channels, fields=DOWN))
            elif total:
                inputs.append(wiring.wire(total, "projection", channels=channels, fields=STEP))
            stage += 1
            total = wiring.fusion(wiring.unused(f"total{number}"), level=level, stage=stage, inputs=inputs)
        last = wiring.wire(total, "projection", channels=self.features, fields=STEP)
        return wiring.part("head", self, inputs=[last], level=outputs[-1].level, stage=stage + 1, kind="head")

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """One vector of scores per sample."""
        return FeatureMap(channels=self.classes, size=(), stride=x.stride)

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        b, c = tape.x.shape[:2]
        pooled = tape.mean(tape.reshape(tape.x, b, c, -1), (-1,))
        return tape.cost(tape.linear(tape.dropout(pooled, self.dropout), self.classes))

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """Mean, dropout and linear layer."""
        from archlab.heads.classify_module import ClassifyHead

        return ClassifyHead(x.channels, self.classes, dropout=self.dropout)
