"""Option groups that several parts share: a part inherits its fields, their ranges, their help and their checks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from archlab.fitting import (
    PlaneFit,
    around,
    divisors,
    either,
    fit_axis,
    fit_plane,
    larger_input,
    nearest,
    nearest_sizes,
    times,
)
from archlab.part import Cell
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap

Norm = Literal["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d"]
Activation = Literal["prelu", "elu", "relu", "leakyrelu", "relu6", "selu", "celu", "gelu"]
PlainMixer = Annotated[
    Literal["conv", "none"],
    Meta(description="What follows the operation and mixes the channels: two 3x3 convolutions, or nothing."),
]
MOST_HEADS = 4096
Extent = Annotated[int, Meta(ge=1, le=65536)]
Triple = Annotated[tuple[Extent, ...], Meta(min_length=2, max_length=3)]


class ResidualOptions(Cell, frozen=True, kw_only=True):
    """What every residual cell has: norm, operation, mixer, and how the two are joined."""

    mixer: Annotated[
        Literal["conv", "linear", "none"],
        Meta(
            description="What follows the operation and mixes the channels: two 3x3 convolutions, a linear pair on "
            "each patch, or nothing."
        ),
    ] = "conv"
    mixer_ratio: Annotated[
        float, Meta(ge=0.125, le=16.0, description="Hidden channels of the mixer, as a multiple of the cell's width.")
    ] = 4.0
    arrangement: Annotated[
        Literal["sequential", "parallel"],
        Meta(description="Mixer after the operation (sequential) or beside it on the same input (parallel)."),
    ] = "sequential"
    norm: Annotated[
        Norm,
        Meta(
            description="Normalisation before operation and mixer. 2d: each frame by itself, 3d: all frames of a "
            "sample together; layer norms hold one weight per pixel and fix the size of the map."
        ),
    ] = "instance2d"
    activation: Annotated[Activation, Meta(description="Non-linearity inside the mixer and after a convolution.")] = (
        "prelu"
    )
    drop_path: Annotated[
        float,
        Meta(ge=0.0, le=0.99, description="Probability of skipping a branch for a sample while training."),
    ] = 0.1

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """What the norm, the 3x3 convolutions and the mixer do not admit."""
        if min(x.height, x.width) < 2 and self.convolves(x, width):
            yield Problem(
                code="AL204",
                message=f"a 3x3 convolution mirrors the border and needs at least 2x2 pixels, this map has "
                f"{x.height}x{x.width}.",
                hint=f"Use {larger_input(x, 2)}, or fewer levels.",
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
        return self.mixer == "conv" or x.channels != width

    def residual_arguments(self, x: FeatureMap) -> dict[str, Any]:
        """What `archlab.nn.residual.residual_cell` gets from these options."""
        return {
            "size": x.dhw,
            "norm": self.norm,
            "activation": self.activation,
            "mixer": self.mixer,
            "mixer_ratio": self.mixer_ratio,
            "arrangement": self.arrangement,
            "drop_path": self.drop_path,
        }


class AttentionOptions(ResidualOptions, frozen=True, kw_only=True):
    """What every attention cell has on top."""

    heads: Annotated[
        int, Meta(ge=1, le=MOST_HEADS, description="Attention heads; each looks at its own share of the features.")
    ] = 16
    score: Annotated[
        Literal["cosine", "dot"],
        Meta(description="How a query meets a key: by their angle, or by their scaled product."),
    ] = "cosine"
    normalize_qk: Annotated[
        bool,
        Meta(description='With score "dot": queries and keys brought to zero mean and unit variance first.'),
    ] = True
    attention_dropout: Annotated[
        float, Meta(ge=0.0, le=0.99, description="Share of attention weights dropped while training.")
    ] = 0.0
    output_projection: Annotated[bool, Meta(description="A 3x3 convolution after the attention.")] = True

    def head_problems(self, features: int, what: str) -> Iterator[Problem]:
        """Heads that do not divide the `features` of one token, or leave nothing to normalise."""
        if features % self.heads:
            near = around(self.heads, range(1, MOST_HEADS + 1), lambda n: features % n == 0)
            yield Problem(
                code="AL203",
                field="heads",
                message=f"{what} cannot be shared out among {self.heads} heads.",
                hint=f"Use heads {either(near)}.",
            )
        elif self.score == "dot" and self.normalize_qk and features == self.heads:
            near = around(self.heads, range(1, self.heads), lambda n: features % n == 0)
            hint = f"Use heads {near[0]}, or " if near else "Use "
            yield Problem(
                code="AL206",
                field="normalize_qk",
                message="with one feature per head there is no variance to normalise by.",
                hint=f'{hint}normalize_qk false, or score "cosine".',
            )

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Whether a 3x3 convolution is in this cell."""
        return self.output_projection or super().convolves(x, width)

    def attention_arguments(self) -> dict[str, Any]:
        """What an attention of `archlab.nn` gets from these options."""
        return {
            "heads": self.heads,
            "score": self.score,
            "normalize_qk": self.normalize_qk,
            "dropout": self.attention_dropout,
            "output_projection": self.output_projection,
        }


class WindowOptions(AttentionOptions, frozen=True, kw_only=True):
    """What attention over windows and patches has on top."""

    window: Annotated[
        Triple, Meta(description="Window in pixels, (D, H, W); the D of a two-dimensional cell is not looked at.")
    ] = (1, 16, 16)
    patch: Annotated[Triple, Meta(description="Patch in pixels, (D, H, W): one token of the attention.")] = (1, 2, 2)
    projection: Annotated[
        Literal["conv", "linear"],
        Meta(description="Queries, keys and values by 3x3 convolutions, or by a linear layer on each patch."),
    ] = "conv"
    relative_position: Annotated[
        bool, Meta(description="A learned bias for every distance between two tokens, per head.")
    ] = True

    halves_windows: ClassVar[bool] = False

    def fit(self, x: FeatureMap) -> PlaneFit:
        """Windows and patches as they are really cut on `x`."""
        return fit_plane(x, self.window, self.patch, halved=self.halves_windows)

    def effective(self, x: FeatureMap) -> Mapping[str, Any]:
        """Window and patch (D, H, W) as they are really used on `x`; nothing where they do not fit."""
        fit = self.fit(x)
        return {"window": (1, *fit.window), "patch": (1, *fit.patch)} if fit.legal else {}

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Windows, patches and heads that do not divide, with the nearest that do."""
        yield from super().problems(x, width)
        fit = self.fit(x)
        if not fit.windows_fill:
            yield self._window_problem(x, fit)
        elif not fit.legal:
            yield self._patch_problem(x, fit)
        else:
            features = width * fit.patch[0] * fit.patch[1]
            what = f"a patch of {times(fit.patch)} pixels with {width} channels ({features} features)"
            yield from self.head_problems(features, what)

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Whether a 3x3 convolution is in this cell."""
        return self.projection == "conv" or super().convolves(x, width)

    def mixer_features(self, x: FeatureMap, width: int) -> int:
        """A linear mixer works on whole patches."""
        patch = self.fit(x).patch
        return width * patch[0] * patch[1] if self.mixer == "linear" else width

    def attention_arguments(self) -> dict[str, Any]:
        """What `archlab.nn.window.WindowAttention` gets from these options."""
        return super().attention_arguments() | {
            "projection": self.projection,
            "relative_position": self.relative_position,
        }

    def _window_problem(self, x: FeatureMap, fit: PlaneFit) -> Problem:
        sizes = nearest_sizes(x.size[-2:], self.window[-2:], self.patch[-2:], halved=self.halves_windows)
        use = self._nearest_windows(x)
        if sizes:
            use.append(f"an input of {times(n * s for n, s in zip(sizes, x.stride, strict=True))}")
        halves = f", halved to {times(fit.window)}" if self.halves_windows else ""
        return Problem(
            code="AL201",
            field="window",
            message=f"{x.height}x{x.width} cannot be cut into windows of {times(self.window[-2:])}{halves}.",
            hint=f"Use {', or '.join(use)}." if use else "Use a smaller patch.",
        )

    def _patch_problem(self, x: FeatureMap, fit: PlaneFit) -> Problem:
        def legal(axis: int, value: int) -> bool:
            cut = fit_axis(x.size[-2:][axis], self.window[-2:][axis], value, halved=self.halves_windows)
            return cut.legal and cut.patch == value

        patches = nearest([divisors(n) for n in fit.window], self.patch[-2:], legal)
        use = [f"patch {either(patches)}"] if patches else []
        use += self._nearest_windows(x)
        halves = ", halved for global attention," if self.halves_windows else ""
        return Problem(
            code="AL202",
            field="patch",
            message=f"windows of {times(fit.window)}{halves} cannot be cut into patches of {times(self.patch[-2:])}.",
            hint=f"Use {', or '.join(use)}." if use else "Use a smaller window.",
        )

    def _nearest_windows(self, x: FeatureMap) -> list[str]:
        """`window 6 or 10`: those next to the asked one that cut the map, and that the patch cuts."""

        def legal(axis: int, value: int) -> bool:
            size = x.size[-2:][axis]
            return size % value == 0 and fit_axis(size, value, self.patch[-2:][axis], halved=self.halves_windows).legal

        windows = nearest([divisors(n) for n in x.size[-2:]], self.window[-2:], legal)
        return [f"window {either(windows)}"] if windows else []


def wrong_direction(kind: str, steps: int, admits: str, instead: Mapping[str, str]) -> Iterator[Problem]:
    """A link that does not go this way; `admits` and the keys of `instead` are `down`, `same` and `up`."""
    direction = "down" if steps > 0 else "up" if steps < 0 else "same"
    if direction in admits.split():
        return
    goes = f"goes {abs(steps)} {direction}" if steps else "stays on its level"
    ways = " or ".join({"down": "down", "up": "up", "same": "along its level"}[word] for word in admits.split())
    yield Problem(
        code="AL302",
        message=f"{kind} goes {ways}, this link {goes}.",
        hint=f"Use {instead[direction]}.",
    )


def too_small(x: FeatureMap, pixels: int, what: str, code: str = "AL304") -> Iterator[Problem]:
    """A map with fewer than `pixels` along H or W, which `what` needs."""
    if min(x.height, x.width) < pixels:
        yield Problem(
            code=code,
            message=f"{x.height}x{x.width} is too small for {what}, which needs {pixels}x{pixels}.",
            hint=f"Use {larger_input(x, pixels)}, or fewer levels.",
        )
