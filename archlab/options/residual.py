"""What every residual cell has: norm, operation, mixer, and how the two are joined."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from archlab.fitting import larger_input
from archlab.part import Cell
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap

Norm = Literal["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"]
Activation = Literal["prelu", "elu", "relu", "leakyrelu", "relu6", "selu", "celu", "gelu", "gelu_exact"]
PlainMixer = Annotated[
    Literal["conv", "none"],
    Meta(description="What follows the operation and mixes the channels: two convolutions, or nothing."),
]

MixerKernel = Annotated[
    Literal[1, 3, 5, 7],
    Meta(description="Pixels that the mixer's convolutions look at along H and W; 1 is the MLP of a transformer."),
]
NormField = Annotated[
    Norm,
    Meta(
        description="Normalisation before operation and mixer. 2d: each frame by itself, 3d: all frames of a "
        "sample together; layer norms hold one weight per pixel and fix the size of the map; channel: each pixel "
        "over its channels."
    ),
]
ActivationField = Annotated[Activation, Meta(description="Non-linearity inside the mixer and after a convolution.")]


class ResidualOptions(Cell, frozen=True, kw_only=True):
    """What every residual cell has: norm, operation, mixer, and how the two are joined."""

    mixer: Annotated[
        Literal["conv", "linear", "none"],
        Meta(
            description="What follows the operation and mixes the channels: two convolutions, a linear pair on each "
            "patch or window, or nothing."
        ),
    ] = "conv"
    mixer_ratio: Annotated[
        float, Meta(ge=0.125, le=16.0, description="Hidden channels of the mixer, as a multiple of the cell's width.")
    ] = 4.0
    mixer_kernel: MixerKernel = 3
    arrangement: Annotated[
        Literal["sequential", "parallel"],
        Meta(description="Mixer after the operation (sequential) or beside it on the same input (parallel)."),
    ] = "sequential"
    norm: NormField = "instance2d"
    activation: ActivationField = "prelu"
    drop_path: Annotated[
        float,
        Meta(ge=0.0, le=0.99, description="Probability of skipping a branch for a sample while training."),
    ] = 0.1

    activates: ClassVar[bool] = False  # the operation itself has an activation

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """What the norm, the 3x3 convolutions and the mixer do not admit."""
        smallest = min(x.height, x.width)
        needed = self.mixer_kernel // 2 + 1 if self.mixer == "conv" else 1
        if smallest < 2 and self.convolves(x, width):
            yield Problem(
                code="AL204",
                message=f"a 3x3 convolution mirrors the border and needs at least 2x2 pixels, this map has "
                f"{x.height}x{x.width}.",
                hint=f"Use {larger_input(x, max(needed, 2))}, or fewer levels.",
            )
        elif smallest < needed:
            yield Problem(
                code="AL204",
                field="mixer_kernel",
                message=f"a mixer_kernel of {self.mixer_kernel} mirrors the border and needs at least "
                f"{needed}x{needed} pixels, this map has {x.height}x{x.width}.",
                hint=f"Use mixer_kernel {2 * smallest - 1}, or {larger_input(x, needed)}.",
            )
        values = x.pixels if self.norm.endswith("3d") else x.height * x.width
        if self.norm.startswith("instance") and values < 2:
            yield Problem(
                code="AL205",
                field="norm",
                message=f"{self.norm} normalises over the pixels of a map and this one has a single pixel.",
                hint=f"Use {larger_input(x, 2)}."
                if self.convolves(x, width)
                else f'Use norm "layer", or {larger_input(x, 2)}.',
            )
        if self.norm.startswith("batch") and x.pixels < 2:
            yield Problem(
                code="AL209",
                field="norm",
                severity="warning",
                message=f"{self.norm} on a map of a single pixel cannot train with one sample per batch.",
                hint='Use a batch of 2 or more, or norm "layer".',
            )
        features = self.mixer_features(x, width)
        if self.mixer != "none" and int(features * self.mixer_ratio) < 1:
            yield Problem(
                code="AL207",
                field="mixer_ratio",
                message=f"mixer_ratio {self.mixer_ratio:g} of {features} channels leaves the mixer without a channel.",
                hint=f"Use mixer_ratio {math.ceil(1000 / features) / 1000:g} or more.",
            )

    def mixer_features(self, x: FeatureMap, width: int) -> int:
        """What goes into the mixer's hidden layer, `mixer_ratio` times as wide."""
        return width

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Whether a 3x3 convolution is in this cell, so that it needs two pixels along H and W."""
        return (self.mixer == "conv" and self.mixer_kernel > 1) or x.channels != width

    def inert(self) -> Mapping[str, str]:
        """Fields without effect as the others are, with the reason."""
        if self.mixer != "none":
            return {"mixer_kernel": "a linear mixer has no kernel"} if self.mixer == "linear" else {}
        reason = "there is no mixer"
        fields = ("mixer_ratio", "mixer_kernel", "arrangement")
        return dict.fromkeys(fields if self.activates else (*fields, "activation"), reason)

    def residual_arguments(self, x: FeatureMap) -> dict[str, Any]:
        """What `archlab.nn.residual.residual_cell` gets from these options."""
        return {
            "size": x.dhw,
            "norm": self.norm,
            "activation": self.activation,
            "mixer": self.mixer,
            "mixer_ratio": self.mixer_ratio,
            "mixer_kernel": self.mixer_kernel,
            "arrangement": self.arrangement,
            "drop_path": self.drop_path,
        }
