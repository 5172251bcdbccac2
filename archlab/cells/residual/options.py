"""Fields of the residual shell - norm, mixer, stochastic depth - and what follows from their values.

A family's base class lists the fields that it has, a line each; the functions here read them from any such cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_input
from archlab.parts.fields import Activation, Norm, norm_problems

GROUP = {"x-archlab-group": "Norm, mixer, residual"}  # their heading in a form

Mixer = Annotated[
    Literal["conv", "linear", "none"],
    Meta(
        description="What follows the operation and mixes the channels: two convolutions, a linear pair on each "
        "patch or window, or nothing.",
        extra_json_schema=GROUP,
    ),
]
PlainMixer = Annotated[
    Literal["conv", "none"],
    Meta(
        description="What follows the operation and mixes the channels: two convolutions, or nothing.",
        extra_json_schema=GROUP,
    ),
]
MixerRatio = Annotated[
    float,
    Meta(
        ge=0.125,
        le=16.0,
        description="Hidden channels of the mixer, as a multiple of the cell's width.",
        extra_json_schema=GROUP,
    ),
]
MixerKernel = Annotated[
    Literal[1, 3, 5, 7],
    Meta(
        description="Pixels that the mixer's convolutions look at along H and W; 1 is the MLP of a transformer.",
        extra_json_schema=GROUP,
    ),
]
Arrangement = Annotated[
    Literal["sequential", "parallel"],
    Meta(
        description="Mixer after the operation (sequential) or beside it on the same input (parallel).",
        extra_json_schema=GROUP,
    ),
]
NormField = Annotated[
    Norm,
    Meta(
        description="Normalisation before operation and mixer. 2d: each frame by itself, 3d: all frames of a "
        "sample together; layer norms hold one weight per pixel and fix the size of the map; channel: each pixel "
        "over its channels.",
        extra_json_schema=GROUP,
    ),
]
ActivationField = Annotated[
    Activation,
    Meta(description="Non-linearity inside the mixer and after a convolution.", extra_json_schema=GROUP),
]
DropPath = Annotated[
    float,
    Meta(
        ge=0.0,
        le=0.99,
        description="Probability of skipping a branch for a sample while training.",
        extra_json_schema=GROUP,
    ),
]


class ResidualFields(Protocol):
    """A cell that has the fields of this group."""

    @property
    def mixer(self) -> str: ...
    @property
    def mixer_ratio(self) -> float: ...
    @property
    def mixer_kernel(self) -> int: ...
    @property
    def arrangement(self) -> Literal["sequential", "parallel"]: ...
    @property
    def norm(self) -> str: ...
    @property
    def activation(self) -> str: ...
    @property
    def drop_path(self) -> float: ...


def convolves(cell: ResidualFields, x: FeatureMap, width: int) -> bool:
    """Whether mixer or input projection hold a 3x3 convolution, whose mirrored border needs 2 pixels along H and W."""
    return (cell.mixer == "conv" and cell.mixer_kernel > 1) or x.channels != width


def residual_problems(
    cell: ResidualFields, x: FeatureMap, *, convolution: bool, mixer_features: int
) -> Iterator[Problem]:
    """What norm, 3x3 convolutions and mixer do not admit.

    Args:
        cell: whose fields are judged.
        x: the map that comes in.
        convolution: whether any 3x3 convolution is in the cell.
        mixer_features: what goes into the mixer's hidden layer, which is `mixer_ratio` times as wide.
    """
    smallest = min(x.height, x.width)
    needed = cell.mixer_kernel // 2 + 1 if cell.mixer == "conv" else 1
    if smallest < 2 and convolution:
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
            message=f"a mixer_kernel of {cell.mixer_kernel} mirrors the border and needs at least "
            f"{needed}x{needed} pixels, this map has {x.height}x{x.width}.",
            hint=f"Use mixer_kernel {2 * smallest - 1}, or {larger_input(x, needed)}.",
        )
    alone = "" if convolution else 'norm "layer", or '
    yield from norm_problems(cell.norm, x, single=("AL205", f"Use {alone}{larger_input(x, 2)}."), batch="AL209")
    if cell.mixer != "none" and int(mixer_features * cell.mixer_ratio) < 1:
        yield Problem(
            code="AL207",
            field="mixer_ratio",
            message=f"mixer_ratio {cell.mixer_ratio:g} of {mixer_features} channels leaves the mixer without a "
            "channel.",
            hint=f"Use mixer_ratio {math.ceil(1000 / mixer_features) / 1000:g} or more.",
        )


def residual_inert(cell: ResidualFields, *, activates: bool = False) -> Mapping[str, str]:
    """Fields that change nothing as the others are, with the reason.

    `activates` says that the operation itself has an activation, so that the field is read without a mixer too.
    """
    if cell.mixer != "none":
        return {"mixer_kernel": "a linear mixer has no kernel"} if cell.mixer == "linear" else {}
    fields = ("mixer_ratio", "mixer_kernel", "arrangement")
    return dict.fromkeys(fields if activates else (*fields, "activation"), "there is no mixer")


def residual_arguments(cell: ResidualFields, x: FeatureMap) -> dict[str, Any]:
    """What `archlab.cells.residual.module.residual_cell` gets from these fields."""
    return {
        "size": x.dhw,
        "norm": cell.norm,
        "activation": cell.activation,
        "mixer": cell.mixer,
        "mixer_ratio": cell.mixer_ratio,
        "mixer_kernel": cell.mixer_kernel,
        "arrangement": cell.arrangement,
        "drop_path": cell.drop_path,
    }
