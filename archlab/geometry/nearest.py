"""Which windows, patches and inputs near an illegal one are legal, and how that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import fit_axis
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
    sizes: tuple[int, ...], window: tuple[int, ...], patch: tuple[int, ...], *, halved: bool = False
) -> tuple[int, ...]:
    """The map nearest in size that can be cut into this window and patch; empty when none is near."""
    found = []
    for size, w, p in zip(sizes, window, patch, strict=True):
        fits = partial(_divides, window=w, patch=p, halved=halved)
        if fit_axis(size, w, p, halved=halved).legal:
            found.append(size)
            continue
        near = around(size, range(w, size + 3 * w, w)[-6:], fits)  # the multiples of the window around it
        if not near:
            return ()
        found.append(min(near, key=partial(_distance, size)))
    return tuple(found)


def _distance(size: int, other: int) -> tuple[int, int]:
    return abs(other - size), -other  # of two equally near, the larger


def _divides(size: int, window: int, patch: int, halved: bool) -> bool:
    return fit_axis(size, window, patch, halved=halved).legal


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
