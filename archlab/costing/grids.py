"""Closed forms of cutting maps into tokens, of putting them together, and of what happens to them in between."""

from __future__ import annotations

from archlab.costing.tape import Tape, Value
from archlab.geometry.grouping import Grouping
from archlab.geometry.triple import Triple


def cut(tape: Tape, maps: Value, grouping: Grouping) -> Value:
    """Closed form of `nn.grid.cut`: `(B, C, D, H, W)` to `(G, T, F)`."""
    b, c, *_ = maps.shape
    cut = grouping.cut(size_of(maps))
    cells = tape.reshape(tape.fill_up(maps, cut.size), b, c, *cut.split())
    return tape.reshape(tape.permute(cells, *cut.order()), -1, cut.tokens, cut.pixels * c)


def join(tape: Tape, tokens: Value, grouping: Grouping, size: Triple) -> Value:
    """Closed form of `nn.grid.join`: `(G, T, F)` to `(B, C, D, H, W)`."""
    cut = grouping.cut(size)
    channels = tokens.shape[-1] // cut.pixels
    cells = tape.permute(tape.reshape(tokens, -1, *cut.grouped(), channels), *cut.back())
    return tape.crop(tape.reshape(cells, cells.shape[0], channels, *cut.size), size)


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
