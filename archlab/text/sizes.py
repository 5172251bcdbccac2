"""Shapes and sizes as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archlab.text.numbers import NOT_KNOWN


def shape(dims: Iterable[int] | None, missing: str = NOT_KNOWN) -> str:
    """A tensor's shape, to read: `64×112×112`; `missing` for None."""
    return missing if dims is None else "×".join(str(n) for n in dims)


def times(sizes: Iterable[int]) -> str:
    """Sizes that can be typed, as in `--input 3x224x224` and in what an error asks for: `16x16`."""
    return "x".join(str(n) for n in sizes)


def extent(depth_height_width: Sequence[int], deep: bool) -> str:
    """A window or patch: `2x8x8`, or `8x8` where nothing is cut along the depth (not `deep`)."""
    return times(depth_height_width if deep else depth_height_width[1:])
