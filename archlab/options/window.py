"""What attention over windows has on top: windows, position bias, padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from archlab.fitting import (
    Fit,
    Triple,
    as_triple,
    divisors,
    fit_axis,
    fit_plane,
    fit_volume,
    larger_depth,
    nearest,
    nearest_sizes,
)
from archlab.grouping import Among, Grouping, Sight, sight
from archlab.options.attention import AttentionOptions
from archlab.options.attention import Triple as Sizes
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.text.sentences import either
from archlab.text.sizes import times

ONE: Triple = (1, 1, 1)
NO_SHIFT: Triple = (0, 0, 0)

Projection = Annotated[
    Literal["conv", "linear"],
    Meta(description="Queries, keys and values by 3x3 convolutions, or by a linear layer on each token."),
]


class WindowOptions(AttentionOptions, frozen=True, kw_only=True):
    """What attention over windows has on top; a token is a whole window, or a pixel of one."""

    window: Annotated[
        Sizes, Meta(description="Window in pixels, (D, H, W); the D of a two-dimensional cell is not looked at.")
    ] = (1, 16, 16)
    projection: Projection = "conv"
    relative_position: Annotated[
        bool, Meta(description="A learned bias for every distance between two tokens, per head.")
    ] = True
    pad: Annotated[
        bool,
        Meta(
            description="Fill a map that the windows do not divide up with zeros, which nothing attends to; without it "
            "such a map is refused."
        ),
    ] = False
    compat: Annotated[
        Literal["none", "snraware"],
        Meta(
            description="Compute as SNRAware's code does, slips included: the position bias after the softmax, and no "
            "residual around a linear mixer."
        ),
    ] = "none"

    volumetric: ClassVar[bool] = False  # windows have a depth
    among: ClassVar[Among] = "patches"
    halves_windows: ClassVar[bool] = False
    unit: ClassVar[Literal["patch", "window", "pixel"]] = "patch"  # what a token is

    def asked(self) -> tuple[Triple, Triple]:
        """Window and token in pixels, as asked."""
        window = as_triple(self.window)
        return window, (window if self.unit == "window" else ONE)

    def fit(self, x: FeatureMap) -> Fit:
        """Windows and tokens as they are really cut on `x`."""
        fit = fit_volume if self.volumetric else fit_plane
        window, patch = self.asked()
        return fit(x, window, patch, halved=self.halves_windows, pad=self.pad)

    def grouping(self, x: FeatureMap) -> Grouping:
        """How the attention cuts `x`."""
        fit = self.fit(x)
        return Grouping(self.among, fit.windows, fit.patches, fit.patch, self.pad)

    def mixed(self, x: FeatureMap) -> Grouping:
        """How a linear mixer cuts `x`: into patches, or into windows where a token is a window or a pixel."""
        fit = self.fit(x)
        return Grouping("patches", ONE, ONE, fit.patch if self.unit == "patch" else fit.window, self.pad)

    def shifts(self) -> bool:
        """Whether the map is moved cyclically by half a window before it is cut."""
        return False

    def shift_of(self, x: FeatureMap) -> Triple:
        """Pixels of that shift along (D, H, W)."""
        return (
            self.grouping(x).shift(x.dhw if self.volumetric else (1, x.height, x.width)) if self.shifts() else NO_SHIFT
        )

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The tokens of its group, as they lie when patches keep their places."""
        grouping, shift = self.grouping(x), self.shift_of(x)
        if self.volumetric:
            return sight(grouping, x.dhw, at, unit=self.unit, shift=shift)
        return sight(grouping, (1, *x.dhw[1:]), (0, *at[1:]), unit=self.unit, shift=shift, frame=at[0])

    def shuffles(self) -> bool:
        """Whether patches change places while training."""
        return False

    def effective(self, x: FeatureMap) -> Mapping[str, Any]:
        """Window and patch in pixels and their counts, (D, H, W), as they are on `x`; nothing where they do not fit."""
        fit = self.fit(x)
        if not fit.legal:
            return {}
        cut = {"window": fit.window, "windows": fit.windows}
        return {**cut, "patch": fit.patch, "patches": fit.patches} if self.unit == "patch" else cut

    def inert(self) -> Mapping[str, str]:
        """Fields without effect as the others are, with the reason."""
        found = dict(super().inert())
        if self.projection == "linear":
            found["stride_qk"] = "linear layers on tokens have no stride"
        if not self.relative_position and self.adds_mixer():
            found["compat"] = "without a position bias, or a linear mixer in sequence, the original computes the same"
        return found

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Windows, patches, strides and heads that do not divide, with the nearest that do."""
        yield from super().problems(x, width)
        fit = self.fit(x)
        if not fit.windows_fill:
            yield self._window_problem(x, fit)
        elif not fit.legal:
            yield self._patch_problem(x, fit)
        else:
            strides = list(self._stride_problems(fit))
            yield from strides or self._token_problems(fit, width)
        if self.volumetric and x.depth == 1 and as_triple(self.window)[0] > 1:
            yield Problem(
                code="AL208",
                severity="warning",
                message="the map has a single frame, so its windows have none behind it to look at.",
                hint=f"Use {larger_depth(x)}, or a two-dimensional code.",
            )

    def adds_mixer(self) -> bool:
        """Whether the mixer is added to its input in the original too."""
        return self.mixer != "linear" or self.arrangement == "parallel"

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Whether a 3x3 convolution is in this cell."""
        return self.projection == "conv" or super().convolves(x, width)

    def mixer_features(self, x: FeatureMap, width: int) -> int:
        """A linear mixer works on whole tokens."""
        return width * self.mixed(x).pixels if self.mixer == "linear" else width

    def stride(self) -> Triple:
        """Stride of queries and keys along (D, H, W); without convolutions there is none."""
        if self.projection == "linear":
            return ONE
        depth, height, width = as_triple(self.stride_qk)
        return (depth if self.volumetric else 1), height, width

    def attention_arguments(self) -> dict[str, Any]:
        """What `archlab.nn.window.WindowAttention` gets from these options."""
        return super().attention_arguments() | {
            "projection": self.projection,
            "stride_qk": self.stride(),
            "relative_position": self.relative_position,
            "bias_after_softmax": self.compat == "snraware",
        }

    def _axes(self) -> tuple[int, ...]:
        """Axes of (D, H, W) that are cut."""
        return (0, 1, 2) if self.volumetric else (1, 2)

    def _told(self, sizes: Triple) -> str:
        """Sizes along the axes that are cut, as people write them."""
        return times(sizes[axis] for axis in self._axes())

    def _token_problems(self, fit: Fit, width: int) -> Iterator[Problem]:
        strides = self.stride()
        patch = fit.patch
        pixels = patch[0] * patch[1] * patch[2]
        asked = pixels // (strides[0] * strides[1] * strides[2])
        what = f"{width} channels of a pixel"
        if self.unit != "pixel":
            what = f"a {self.unit} of {self._told(patch)} pixels with {width} channels ({width * pixels} features)"
        if asked != pixels:  # of which heads that fit the strided ones divide the others as well
            what = f"a {self.unit} of {asked} strided pixels with {width} channels ({width * asked} features)"
        yield from self.head_problems(what, width * asked, width * asked)

    def _stride_problems(self, fit: Fit) -> Iterator[Problem]:
        strides = self.stride()
        if all(p % s == 0 for p, s in zip(fit.patch, strides, strict=True)):
            return
        near = [max(d for d in divisors(p) if d <= s) for p, s in zip(fit.patch, strides, strict=True)]
        yield Problem(
            code="AL210",
            field="stride_qk",
            message=f"a {self.unit} of {self._told(fit.patch)} pixels has no whole number of pixels at a stride of "
            f"{self._told(strides)}.",
            hint=f"Use stride_qk {times(near)}, or another {self.unit}.",
        )

    def _window_problem(self, x: FeatureMap, fit: Fit) -> Problem:
        window, patch = self.asked()
        axes = self._axes()
        sizes = nearest_sizes(
            tuple(x.dhw[a] for a in axes),
            tuple(window[a] for a in axes),
            tuple(patch[a] for a in axes),
            halved=self.halves_windows,
        )
        use = self._nearest_windows(x)
        if sizes:
            stride = (x.stride_depth, *x.stride)
            use.append(f"an input of {times(n * stride[a] for n, a in zip(sizes, axes, strict=True))}")
        use.append("pad true")
        halves = f", halved to {self._told(fit.window)}" if self.halves_windows else ""
        return Problem(
            code="AL201",
            field="window",
            message=f"{self._told(x.dhw)} cannot be cut into windows of {self._told(window)}{halves}.",
            hint=f"Use {', or '.join(use)}.",
        )

    def _patch_problem(self, x: FeatureMap, fit: Fit) -> Problem:
        window, patch = self.asked()
        axes = self._axes()

        def legal(axis: int, value: int) -> bool:
            cut = fit_axis(x.dhw[axes[axis]], window[axes[axis]], value, halved=self.halves_windows)
            return cut.legal and cut.patch == value

        patches = nearest([divisors(fit.window[a]) for a in axes], tuple(patch[a] for a in axes), legal)
        use = [f"patch {either(patches)}"] if patches else []
        use += [*self._nearest_windows(x), "pad true"]
        halves = ", halved for global attention," if self.halves_windows else ""
        return Problem(
            code="AL202",
            field="patch",
            message=f"windows of {self._told(fit.window)}{halves} cannot be cut into patches of {self._told(patch)}.",
            hint=f"Use {', or '.join(use)}.",
        )

    def _nearest_windows(self, x: FeatureMap) -> list[str]:
        """`window 6 or 10`: those next to the asked one that cut the map, and that the patch cuts."""
        window, patch = self.asked()
        axes = self._axes()

        def legal(axis: int, value: int) -> bool:
            size = x.dhw[axes[axis]]
            token = {"patch": patch[axes[axis]], "window": value, "pixel": 1}[self.unit]
            return size % value == 0 and fit_axis(size, value, token, halved=self.halves_windows).legal

        windows = nearest([divisors(x.dhw[a]) for a in axes], tuple(window[a] for a in axes), legal)
        return [f"window {either(windows)}"] if windows else []
