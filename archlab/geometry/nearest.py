"""Which windows, patches and inputs near an illegal one are legal, and how that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import fit_axis
from archlab.text.sentences import either
from archlab.text.sizes import times


def around(value: int, candidates: Iterable[int], legal: Callable[[int], bool]) -> tuple[int, ...]:
    """The nearest legal candidate below `value` and the nearest above it, where there are such."""
    ordered = sorted(set(candidates))
    below = next((n for n in reversed(ordered) if n < value and legal(n)), None)
    above = next((n for n in ordered if n > value and legal(n)), None)
    return tuple(n for n in (below, above) if n is not None)


def nearest(
    candidates: Sequence[Sequence[int]], asked: tuple[int, ...], legal: Callable[[int, int], bool]
) -> tuple[str, ...]:
    """The legal windows or patches next to the asked one, as text: `6`, or `6x10` where the axes differ.

    `candidates` are listed per axis, and `legal(axis, value)` judges one of them; an axis that is legal as asked keeps
    its value.
    """
    count = len(asked)
    if all(c == candidates[0] for c in candidates) and len(set(asked)) == 1:
        every = around(asked[0], candidates[0], lambda n: all(legal(axis, n) for axis in range(count)))
        return tuple(str(n) for n in every)
    axes = [
        (value,) if legal(axis, value) else around(value, candidates[axis], partial(legal, axis))
        for axis, value in enumerate(asked)
    ]
    if not all(axes):
        return ()
    pairs = (tuple(values[0] for values in axes), tuple(values[-1] for values in axes))
    return tuple(dict.fromkeys(times(pair) for pair in pairs))


def nearest_sizes(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    patch: tuple[int, ...],
    *,
    halved: bool = False,
    stretch: bool = True,
) -> tuple[int, ...]:
    """The map nearest in size that can be cut into this window and patch; empty when none is near."""
    found = []
    for size, w, p in zip(sizes, window, patch, strict=True):
        fits = partial(_divides, window=w, patch=p, halved=halved, stretch=stretch)
        if fits(size):
            found.append(size)
            continue
        near = around(size, range(w, size + 3 * w, w)[-6:], fits)  # the multiples of the window around it
        if not near:
            return ()
        found.append(min(near, key=partial(_distance, size)))
    return tuple(found)


def nearest_windows(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    patch: tuple[int, ...],
    *,
    whole: bool = False,
    halved: bool = False,
    stretch: bool = True,
) -> list[str]:
    """`window 6 or 10`: those next to the asked one that cut the map, and that the patch cuts.

    `whole`: a window is a single token, whatever its size.
    """

    def legal(axis: int, value: int) -> bool:
        size, token = sizes[axis], value if whole else patch[axis]
        return size % value == 0 and fit_axis(size, value, token, halved=halved, stretch=stretch).legal

    windows = nearest([divisors(n) for n in sizes], window, legal)
    return [f"window {either(windows)}"] if windows else []


def window_problem(
    sizes: tuple[int, ...],
    window: tuple[int, ...],
    patch: tuple[int, ...],
    stride: tuple[int, ...],
    *,
    whole: bool = False,
    halved: tuple[int, ...] = (),
    stretch: bool = True,
) -> Problem:
    """A map of these `sizes` that cannot be cut into such windows, with those and the inputs that would do.

    Args:
        sizes, window, patch: in pixels, along the axes that are cut.
        stride: pixels of the input per pixel of the map along them.
        whole: a window is a single token, whatever its size.
        halved: what halving leaves of the windows, where they are halved.
        stretch: as in `fit_axis`.
    """
    use = nearest_windows(sizes, window, patch, whole=whole, halved=bool(halved), stretch=stretch)
    found = nearest_sizes(sizes, window, patch, halved=bool(halved), stretch=stretch)
    if found:
        use.append(f"an input of {times(n * step for n, step in zip(found, stride, strict=True))}")
    use.append("pad true")
    halves = f", halved to {times(halved)}" if halved else ""
    return Problem(
        code="AL201",
        field="window",
        message=f"{times(sizes)} cannot be cut into windows of {times(window)}{halves}.",
        hint=f"Use {', or '.join(use)}.",
    )


def _distance(size: int, other: int) -> tuple[int, int]:
    return abs(other - size), -other  # of two equally near, the larger


def _divides(size: int, window: int, patch: int, halved: bool, stretch: bool) -> bool:
    return fit_axis(size, window, patch, halved=halved, stretch=stretch).legal


def larger_input(x: FeatureMap, pixels: int) -> str:
    """`an input of at least 32x32`: what gives the map `x` at least `pixels` along H and W."""
    return f"an input of at least {pixels * x.stride[0]}x{pixels * x.stride[1]}"


def larger_depth(x: FeatureMap) -> str:
    """`an input of 2x64x64 or deeper`: what gives a map of one frame a second one."""
    return f"an input of {2 * x.stride_depth}x{x.height * x.stride[0]}x{x.width * x.stride[1]} or deeper"


def divisors(number: int) -> tuple[int, ...]:
    """All divisors of `number`, ascending."""
    small = [n for n in range(1, int(number**0.5) + 1) if number % n == 0]
    return tuple(sorted({*small, *(number // n for n in small)}))


def too_small(x: FeatureMap, pixels: int, what: str, code: str = "AL304") -> Iterator[Problem]:
    """A map with fewer than `pixels` along H or W, which `what` needs."""
    if min(x.height, x.width) < pixels:
        yield Problem(
            code=code,
            message=f"{x.height}x{x.width} is too small for {what}, which needs {pixels}x{pixels}.",
            hint=f"Use {larger_input(x, pixels)}, or fewer levels.",
        )
