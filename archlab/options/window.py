"""What attention over windows and patches has on top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from archlab.fitting import PlaneFit, divisors, either, fit_axis, fit_plane, nearest, nearest_sizes, times
from archlab.options.attention import AttentionOptions
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap

Extent = Annotated[int, Meta(ge=1, le=65536)]
Triple = Annotated[tuple[Extent, ...], Meta(min_length=2, max_length=3)]


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
