"""Words and fields that parts of several kinds share: norms and activations by name, and what they do not admit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap

Norm = Literal["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"]
Activation = Literal["prelu", "elu", "relu", "leakyrelu", "relu6", "selu", "celu", "gelu", "gelu_exact"]
NormOrNone = Literal["none", Norm]
ActivationOrNone = Literal["none", Activation]

NormEps = Annotated[float, Meta(gt=0.0, le=1.0, description="Added to the variance before a norm divides by its root.")]
NormMomentum = Annotated[
    float,
    Meta(
        ge=0.0,
        le=1.0,
        description="Weight of the newest batch in the running mean and variance of a batch norm, as torch counts it; "
        "without effect on other norms.",
    ),
]
PixelNorm = Annotated[
    Literal["none", "channel"],
    Meta(description="Layer norm of every pixel over its channels, or none."),
]
Padding = Annotated[
    Literal["mirror", "zeros"],
    Meta(
        description="What a 3x3 convolution sees beyond the border: the map mirrored there, which needs 2 pixels or "
        "more along every axis, or zeros."
    ),
]
Bias = Annotated[bool, Meta(description="A bias per channel in every convolution.")]


def norm_problems(
    norm: str, x: FeatureMap, *, single: tuple[str, str], batch: str, what: str = ""
) -> Iterator[Problem]:
    """What the norm of that name does not admit of `x`, the map that it normalises.

    Args:
        norm: a word of `Norm`.
        x: the map.
        single: code and hint of the error that a map of a single pixel is to an instance norm.
        batch: code of the warning that it is to a batch norm, which cannot train on one sample of it.
        what: who leaves such a map, where it is not the map that came in: `the stem`.
    """
    values = x.pixels if norm.endswith("3d") else x.height * x.width
    if norm.startswith("instance") and values < 2:
        found = f"{what} leaves a single one" if what else "this one has a single pixel"
        message = f"{norm} normalises over the pixels of a map and {found}."
        yield Problem(code=single[0], field="norm", message=message, hint=single[1])
    if norm.startswith("batch") and x.pixels < 2:
        yield Problem(
            code=batch,
            field="norm",
            severity="warning",
            message=f"{norm} on a map of a single pixel cannot train with one sample per batch.",
            hint='Use a batch of 2 or more, or norm "layer".',
        )
