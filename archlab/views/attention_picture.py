"""A picture of which positions a cell looks at from one pixel of a small map; windows and tokens are outlined.

Drawn from `Cell.looks_at`, which follows the index code by which the modules cut their maps
(`archlab.geometry.grouping`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from archlab.document.feature_map import FeatureMap
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell
from archlab.text.sentences import plural
from archlab.text.sizes import shape
from archlab.views import svg
from archlab.views.palette import Theme
from archlab.views.shapes import Group, Picture, Polyline, Rect, Shape, Style, Text, text_width

# What a code is shown with: small enough to see every pixel, large enough for windows of several patches.
SAMPLE_MAP = FeatureMap(channels=16, size=(4, 16, 16))
SAMPLE_OPTIONS: Mapping[str, Any] = {"window": (2, 8, 8), "patch": (1, 2, 2), "heads": 4}

MARGIN = 14.0
HEAD = 42.0  # title and the line below it
LABEL = 18.0  # number of a frame
GAP = 16.0  # between frames
LINE = 20.0  # of the legend
SWATCH = 22.0
SIZE = 12.0

GRID = Style(stroke="chip-grey", width=0.7)
FILLS = {"asks": "up", "own": "chip-orange", "seen": "ramp-5", "masked": "chip-grey"}
TOKEN = Style(stroke="edge", width=1, dash=(3, 2))
WINDOW = Style(stroke="ink", width=2)
CROSS = Style(stroke="soft", width=1)


def attention_picture(cell: Cell, x: FeatureMap, *, at: Triple | None = None, theme: Theme = "auto") -> str:
    """An SVG of what `cell` looks at from the position `at` (d, h, w) of `x`; empty for a cell that does not tell.

    Where nothing beyond a frame is looked at, only that frame is drawn. Every mark stands in a group whose `data-id`
    is its role ("asks", "own", "seen", "masked") and its positions: "seen:2,8,0-7" is a run along W.

    Raises:
        ValueError: `at` lies outside of `x`, or the map cannot be cut into the cell's windows.
    """
    at = at if at is not None else _shown(x)
    if not all(0 <= i < n for i, n in zip(at, x.dhw, strict=True)):
        raise ValueError(f"{at} is no position of a map {x}: (d, h, w) must lie in {x.dhw}.")
    seen = cell.looks_at(x, at)
    return "" if seen is None else svg.render(picture(cell, x, at, seen), theme)


def code_picture(cls: type[Cell], preset: Mapping[str, Any], *, theme: Theme = "auto") -> str:
    """The picture on a code's page: `SAMPLE_MAP` with `SAMPLE_OPTIONS`; empty where these do not fit the cell."""
    cell = cls(**{k: v for k, v in SAMPLE_OPTIONS.items() if k in cls.__struct_fields__} | dict(preset))
    if any(p.severity == "error" for p in cell.problems(SAMPLE_MAP, SAMPLE_MAP.channels)):
        return ""
    return attention_picture(cell, SAMPLE_MAP, theme=theme)


def picture(cell: Cell, x: FeatureMap, at: Triple, sight: Sight) -> Picture:
    """The picture as shapes: title, one map for each frame that is looked at, and the legend below."""
    depths = {d for d, _, _ in (*sight.seen, *sight.masked, at)}
    frames = list(range(x.depth)) if len(depths) > 1 else [at[0]]
    columns = math.ceil(math.sqrt(len(frames)))
    title, subtitle = f"{_code(cell)}: who looks at whom", _subtitle(x, frames)
    legend = list(_legend(at, sight))
    side = max(6, min(18, 300 // (columns * max(x.height, x.width))))
    step = (x.width * side + GAP, x.height * side + (LABEL if len(frames) > 1 else 0) + GAP)
    lines = [text_width(title, 14), text_width(subtitle, SIZE), *(SWATCH + text_width(t, SIZE) for _, t in legend)]
    width = 2 * MARGIN + max(columns * step[0] - GAP, *lines)
    rows = -(-len(frames) // columns)
    below = MARGIN + HEAD + rows * step[1]
    left = (width - (columns * step[0] - GAP)) / 2
    items: list[Shape] = []
    for number, d in enumerate(frames):
        origin = (left + number % columns * step[0], MARGIN + HEAD + number // columns * step[1])
        items += _frame(x, at, sight, d, origin, side)
        if len(frames) > 1:
            label = "frame" if sight.unit == "frame" else "d ="
            middle, base = origin[0] + x.width * side / 2, origin[1] + x.height * side + 14
            items.append(Text(x=middle, y=base, text=f"{label} {d}", size=11, fill="soft", anchor="middle"))
    for number, (mark, text) in enumerate(legend):
        y = below + number * LINE
        items += [*_swatch(mark, MARGIN, y), Text(x=MARGIN + SWATCH, y=y + 11, text=text, size=SIZE)]
    height = below + len(legend) * LINE + MARGIN - 6
    return Picture(
        width=width,
        height=height,
        title=title,
        description=f"{subtitle}. " + "; ".join(text for _, text in legend),
        items=(
            Rect(x=0, y=0, width=width, height=height, radius=6, style=Style(fill="surface")),
            Text(x=MARGIN, y=MARGIN + 12, text=title, size=14, bold=True),
            Text(x=MARGIN, y=MARGIN + 30, text=subtitle, size=SIZE, fill="soft"),
            *items,
        ),
    )


def _frame(
    x: FeatureMap, at: Triple, sight: Sight, d: int, origin: tuple[float, float], side: float
) -> Iterator[Shape]:
    """One frame of the map, painted from back to front: marked pixels, grid, outlines of tokens and windows, edge."""
    left, top = origin
    wide, high = x.width * side, x.height * side
    yield Rect(x=left, y=top, width=wide, height=high, style=Style(fill="paper"))
    for role, h, first, last in _runs(x, at, sight, d):
        place = (left + first * side, top + h * side)
        box = Rect(x=place[0], y=place[1], width=(last + 1 - first) * side, height=side, style=Style(fill=FILLS[role]))
        crosses: list[Shape] = []
        if role == "masked":
            crosses = [s for w in range(first, last + 1) for s in _cross(left + w * side, place[1], side)]
        yield Group(id=f"{role}:{d},{h},{first}-{last}", title="", items=(box, *crosses))
    lines = [((left, top + i * side), (left + wide, top + i * side)) for i in range(1, x.height)]
    lines += [((left + i * side, top), (left + i * side, top + high)) for i in range(1, x.width)]
    yield from (Polyline(points=line, closed=False, style=GRID) for line in lines)
    if sight.unit not in ("pixel", "window"):
        yield from _borders(x, sight.tokens, d, origin, side, TOKEN)
    yield from _borders(x, sight.windows, d, origin, side, WINDOW)
    yield Rect(x=left, y=top, width=wide, height=high, style=Style(stroke="ink", width=2 if sight.windows else 1))


def _runs(x: FeatureMap, at: Triple, sight: Sight, d: int) -> Iterator[tuple[str, int, int, int]]:
    """Neighbours along W with the same mark, as (role, h, first w, last w)."""

    def role(w: int) -> str:
        position = (d, h, w)
        if position == at:
            return "asks"
        sets = {"own": sight.own, "seen": sight.seen, "masked": sight.masked}
        return next((name for name, positions in sets.items() if position in positions), "")

    for h in range(x.height):
        for name, run in groupby(range(x.width), role):
            across = list(run)
            if name:
                yield name, h, across[0], across[-1]


def _borders(
    x: FeatureMap, labels: Mapping[Triple, int], d: int, origin: tuple[float, float], side: float, style: Style
) -> Iterator[Shape]:
    """Lines between neighbours of different labels, joined where they run on."""
    if not labels:
        return
    left, top = origin
    for w in range(1, x.width):
        for a, b in _spans(h for h in range(x.height) if labels[d, h, w - 1] != labels[d, h, w]):
            line = ((left + w * side, top + a * side), (left + w * side, top + b * side))
            yield Polyline(points=line, closed=False, style=style)
    for h in range(1, x.height):
        for a, b in _spans(w for w in range(x.width) if labels[d, h - 1, w] != labels[d, h, w]):
            line = ((left + a * side, top + h * side), (left + b * side, top + h * side))
            yield Polyline(points=line, closed=False, style=style)


def _spans(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive numbers, as (first, last + 1)."""
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        found = [n for _, n in run]
        yield found[0], found[-1] + 1


def _legend(at: Triple, sight: Sight) -> Iterator[tuple[str, str]]:
    """What every mark means, in words with counts."""
    alone = sight.seen | sight.own == {at}
    yield "asks", f"the pixel asked about, {_position(at)}" + (", which sees itself alone" if alone else "")
    if len(sight.own) > 1:
        yield "own", f"the rest of its {sight.unit}, one token with it"
    if not alone:
        yield "seen", f"looked at: {_seen_tokens(sight)}, its own included"
    if sight.masked:
        yield "masked", "masked: neighbours by the cyclic shift only"
    if sight.windows:
        moved = f", moved by {_position(sight.shift)}" if any(sight.shift) else ""
        yield "window", f"windows of {_extent(sight.windows)} pixels{moved}"
    if sight.tokens and sight.unit == "patch":
        yield "token", f"patches of {_extent(sight.tokens)} pixels"


def _seen_tokens(sight: Sight) -> str:
    """How many tokens are looked at, with the noun for what a token is: `4 patches`."""
    count = len(sight.seen) // len(sight.own)
    return plural(count, sight.unit, "patches" if sight.unit == "patch" else "")


def _position(sizes: Triple) -> str:
    return f"({', '.join(map(str, sizes))})"


def _extent(labels: Mapping[Triple, int]) -> str:
    """Size of the largest window or token, such as `4×4` (at the border they may be smaller), without a depth of 1."""
    boxes: dict[int, list[Triple]] = {}
    for position, label in labels.items():
        boxes.setdefault(label, []).append(position)
    largest = max(boxes.values(), key=len)
    sizes = [len({p[axis] for p in largest}) for axis in range(3)]
    return shape(sizes if sizes[0] > 1 else sizes[1:])


def _subtitle(x: FeatureMap, frames: list[int]) -> str:
    if len(frames) > 1:
        return f"a map of {x.depth} frames of {x.height}×{x.width} pixels"
    return f"one frame of {x.height}×{x.width} pixels" + (", each by itself" if x.depth > 1 else "")


def _swatch(mark: str, x: float, y: float) -> Iterator[Shape]:
    if mark in ("window", "token"):
        style = WINDOW if mark == "window" else TOKEN
        yield Polyline(points=((x, y + 7), (x + 14, y + 7)), closed=False, style=style)
        return
    yield Rect(x=x, y=y, width=14, height=14, style=Style(fill=FILLS[mark], stroke="edge"))
    if mark == "masked":
        yield from _cross(x, y, 14)


def _cross(x: float, y: float, side: float) -> Iterator[Shape]:
    a, b = side * 0.3, side * 0.7
    yield Polyline(points=((x + a, y + a), (x + b, y + b)), closed=False, style=CROSS)
    yield Polyline(points=((x + b, y + a), (x + a, y + b)), closed=False, style=CROSS)


def _shown(x: FeatureMap) -> Triple:
    """The pixel whose view is drawn: away from the middle, so that borders and wrapped windows show."""
    return x.depth // 2, x.height * 13 // 16, x.width * 6 // 16


def _code(cell: Cell) -> str:
    """The cell's code: of those whose preset fields the cell has, the one that presets most."""
    fitting = [w for w, fixed in cell.codes.items() if all(getattr(cell, k) == v for k, v in fixed.items())]
    return max(fitting, key=lambda w: len(cell.codes[w]), default=type(cell).__name__)
