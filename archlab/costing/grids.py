"""Closed forms of cutting maps into tokens, of putting them together, and of what happens to them in between."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from archlab.costing.tape import Tape, Value
from archlab.geometry.grouping import Grouping
from archlab.geometry.triple import Triple


class Sizes(NamedTuple):
    """What `geometry.grouping.Cut` says of a map, worked out: the arguments are those of reshape and permute."""

    covered: Triple
    groups: int
    tokens: int
    pixels: int
    split: tuple[int, ...]
    order: tuple[int, ...]
    grouped: tuple[int, ...]
    back: tuple[int, ...]


@lru_cache(maxsize=4096)
def sizes(grouping: Grouping, size: Triple) -> Sizes:
    """How a map of (D, H, W) `size` is cut. A document has few sizes, and its cells ask for each of them many times."""
    cut = grouping.cut(size)
    return Sizes(cut.size, cut.groups, cut.tokens, cut.pixels, cut.split(), cut.order(), cut.grouped(), cut.back())


def cut(tape: Tape, maps: Value, grouping: Grouping) -> Value:
    """Closed form of `nn.grid.cut`: `(B, C, D, H, W)` to `(G, T, F)`."""
    b, c, *_ = maps.shape
    cut = sizes(grouping, size_of(maps))
    cells = tape.reshape(tape.fill_up(maps, cut.covered), b, c, *cut.split)
    return tape.reshape(tape.permute(cells, *cut.order), -1, cut.tokens, cut.pixels * c)


def join(tape: Tape, tokens: Value, grouping: Grouping, size: Triple) -> Value:
    """Closed form of `nn.grid.join`: `(G, T, F)` to `(B, C, D, H, W)`."""
    cut = sizes(grouping, size)
    channels = tokens.shape[-1] // cut.pixels
    cells = tape.permute(tape.reshape(tokens, -1, *cut.grouped, channels), *cut.back)
    return tape.crop(tape.reshape(cells, cells.shape[0], channels, *cut.covered), size)


def shifted(tape: Tape, maps: Value, shift: Triple, covered: Triple) -> Value:
    """Closed form of `nn.mask.shifted`: filled up to the `covered` size, then moved cyclically."""
    return tape.roll(tape.fill_up(maps, covered), shift) if any(shift) else maps


def size_of(maps: Value) -> Triple:
    """(D, H, W) of a volume."""
    d, h, w = maps.shape[2:]
    return d, h, w


def five(tape: Tape, maps: Value) -> Value:
    """Frames as volumes of depth 1."""
    return maps if len(maps.shape) == 5 else tape.reshape(maps, *maps.shape[:2], 1, *maps.shape[2:])


def four(tape: Tape, maps: Value) -> Value:
    """Volumes of depth 1 as frames."""
    return tape.reshape(maps, *maps.shape[:2], *maps.shape[3:])
