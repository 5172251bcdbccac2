"""pyramid_scores: HRNet's head for classification, each of its steps a node or a link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

import archlab as al

if TYPE_CHECKING:
    from torch import nn

Width = Annotated[int, Meta(ge=1, le=65536)]


class PyramidScores(al.Head, frozen=True, kw_only=True):
    """A bottleneck on every output, added up from the finest to the coarsest, then one score per class."""

    type: ClassVar[str] = "nets_pyramid_scores"
    source: ClassVar[str] = "Wang et al. 2020 (HRNet), appendix; Gu et al. 2022 (HRViT) has the same"

    channels: Annotated[tuple[Width, ...], Meta(min_length=1, description="After the bottleneck of each output")] = (
        128,
        256,
        512,
        1024,
    )
    features: Annotated[Width, Meta(description="Channels that the scores are made of")] = 2048
    classes: Annotated[Width, Meta(description="Classes to tell apart")] = 1000
    dropout: Annotated[float, Meta(ge=0, lt=1, description="Share of the features left out in training")] = 0.0

    def wire(self, wiring: al.Wiring, outputs: tuple[al.Output, ...]) -> str:
        stage = 1 + max(output.stage for output in outputs)
        total = ""
        for output, channels in zip(outputs, self.channels, strict=True):
            level = output.level
            inputs = [
                wiring.wire(
                    wiring.block(
                        f"wide{level}",
                        level=level,
                        stage=stage,
                        channels=channels,
                        inputs=[wiring.wire(output.id)],
                        cells=None,
                        before=("Nk",),
                    )
                )
            ]
            if total:
                fields = {"padding": "zeros", "bias": True, "norm": "batch2d", "activation": "relu"}
                inputs.append(wiring.wire(total, "conv_stride", channels=channels, fields=fields))
            stage += 1
            total = wiring.fusion(f"total{level}", level=level, stage=stage, inputs=inputs)
        level = outputs[-1].level
        last = wiring.wire(
            total,
            "projection",
            channels=self.features,
            fields={"bias": True, "norm": "batch2d", "activation": "relu"},
        )
        return wiring.part("scores", self, inputs=[last], level=level, stage=stage + 1, kind="head")

    def out(self, x: al.FeatureMap, image: al.FeatureMap) -> al.FeatureMap:
        return al.FeatureMap(channels=self.classes, size=(), stride=x.stride)

    def build(self, x: al.FeatureMap, image: al.FeatureMap) -> nn.Module:
        from archlab_nets.pyramid_scores_module import Scores

        return Scores(x.channels, self.classes, self.dropout)
