"""What windows, patches, strides and heads do not admit of a map, with the nearest that is legal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, Protocol

from archlab.cells.residual.attention import AttentionFields, head_problems
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import Fit, fit_axis
from archlab.geometry.nearest import divisors, larger_depth, nearest, nearest_windows, window_problem
from archlab.geometry.triple import Triple, as_triple
from archlab.text.sentences import either
from archlab.text.sizes import times


class Windowed(AttentionFields, Protocol):
    """A cell that cuts maps into windows, as far as it is judged here."""

    volumetric: ClassVar[bool]
    halves_windows: ClassVar[bool]
    unit: ClassVar[Literal["patch", "window", "pixel"]]

    @property
    def window(self) -> tuple[int, ...]: ...
    @property
    def stretch(self) -> bool: ...
    def asked(self) -> tuple[Triple, Triple]: ...
    def fit(self, x: FeatureMap) -> Fit: ...
    def stride(self) -> Triple: ...
    def shuffles(self) -> bool: ...


def window_problems(cell: Windowed, x: FeatureMap, width: int) -> Iterator[Problem]:
    """Windows, patches, strides and heads that do not divide, and what they leave without effect on `x`."""
    fit = cell.fit(x)
    if not fit.windows_fill:
        yield _window_problem(cell, x, fit)
    elif not fit.legal:
        yield _patch_problem(cell, x, fit)
    else:
        strides = list(_stride_problems(cell, fit))
        yield from strides or _token_problems(cell, fit, width)
    if cell.volumetric and x.depth == 1 and as_triple(cell.window)[0] > 1:
        yield Problem(
            code="AL208",
            severity="warning",
            message="the map has a single frame, so its windows have none behind it to look at.",
            hint=f"Use {larger_depth(x)}, or a two-dimensional code.",
        )
    if cell.shuffles() and any(fit.padding):
        yield Problem(
            code="AL211",
            field="shuffle",
            message="patches of a padded map cannot change places: some of them are not there.",
            hint="Set shuffle or pad to false, or use a map that the windows divide.",
        )


def _axes(cell: Windowed) -> tuple[int, ...]:
    """Axes of (D, H, W) that are cut."""
    return (0, 1, 2) if cell.volumetric else (1, 2)


def _cut(cell: Windowed, sizes: Triple) -> tuple[int, ...]:
    """Sizes along the axes that are cut."""
    return tuple(sizes[axis] for axis in _axes(cell))


def _told(cell: Windowed, sizes: Triple) -> str:
    """Those, as people write them."""
    return times(_cut(cell, sizes))


def _token_problems(cell: Windowed, fit: Fit, width: int) -> Iterator[Problem]:
    strides = cell.stride()
    patch = fit.patch
    pixels = patch[0] * patch[1] * patch[2]
    asked = pixels // (strides[0] * strides[1] * strides[2])

    def what() -> str:
        if asked != pixels:  # of which heads that fit the strided ones divide the others as well
            return f"a {cell.unit} of {asked} strided pixels with {width} channels ({width * asked} features)"
        if cell.unit == "pixel":
            return f"{width} channels of a pixel"
        return f"a {cell.unit} of {_told(cell, patch)} pixels with {width} channels ({width * pixels} features)"

    yield from head_problems(cell, what, width * asked, width * asked)


def _stride_problems(cell: Windowed, fit: Fit) -> Iterator[Problem]:
    strides = cell.stride()
    if all(p % s == 0 for p, s in zip(fit.patch, strides, strict=True)):
        return
    near = [max(d for d in divisors(p) if d <= s) for p, s in zip(fit.patch, strides, strict=True)]
    yield Problem(
        code="AL210",
        field="stride_qk",
        message=f"a {cell.unit} of {_told(cell, fit.patch)} pixels has no whole number of pixels at a stride of "
        f"{_told(cell, strides)}.",
        hint=f"Use stride_qk {times(near)}, or another {cell.unit}.",
    )


def _window_problem(cell: Windowed, x: FeatureMap, fit: Fit) -> Problem:
    window, patch = cell.asked()
    return window_problem(
        _cut(cell, x.dhw),
        _cut(cell, window),
        _cut(cell, patch),
        _cut(cell, (x.stride_depth, *x.stride)),
        whole=cell.unit == "window",
        halved=_cut(cell, fit.window) if cell.halves_windows else (),
        stretch=cell.stretch,
    )


def _patch_problem(cell: Windowed, x: FeatureMap, fit: Fit) -> Problem:
    window, patch = cell.asked()
    axes = _axes(cell)

    def legal(axis: int, value: int) -> bool:
        cut = fit_axis(x.dhw[axes[axis]], window[axes[axis]], value, halved=cell.halves_windows, stretch=cell.stretch)
        return cut.legal and cut.patch == value

    patches = nearest([divisors(fit.window[a]) for a in axes], tuple(patch[a] for a in axes), legal)
    use = [f"patch {either(patches)}"] if patches else []
    use += [*_nearest_windows(cell, x), "pad true"]
    halves = ", halved for global attention," if cell.halves_windows else ""
    return Problem(
        code="AL202",
        field="patch",
        message=f"windows of {_told(cell, fit.window)}{halves} cannot be cut into patches of {_told(cell, patch)}.",
        hint=f"Use {', or '.join(use)}.",
    )


def _nearest_windows(cell: Windowed, x: FeatureMap) -> list[str]:
    """`window 6 or 10`: those next to the asked one that cut the map, and that the patch cuts."""
    window, patch = cell.asked()
    return nearest_windows(
        _cut(cell, x.dhw),
        _cut(cell, window),
        _cut(cell, patch),
        whole=cell.unit == "window",
        halved=cell.halves_windows,
        stretch=cell.stretch,
    )
