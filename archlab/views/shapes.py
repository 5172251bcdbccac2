"""The few shapes that a picture is made of, in roles of the palette; SVG and PNG are painted from the same list."""

from __future__ import annotations

from typing import Literal

import msgspec

from archlab.views.lattice import Point


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """Fill and stroke as palette roles; empty = none."""

    fill: str = ""
    stroke: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()


class Rect(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Rectangle with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0
    style: Style


class Curve(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Chain of cubic Béziers, `[P0, C, C, P1, ...]`."""

    points: tuple[Point, ...]
    style: Style


class Polyline(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Straight pieces, closed or open."""

    points: tuple[Point, ...]
    closed: bool = True
    style: Style


class Text(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    size: float = 12
    fill: str = "ink"
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False
    mono: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Shapes that belong to one node or link, with the tooltip that a screen reader reads."""

    id: str
    title: str
    items: tuple[Shape, ...]


Shape = Rect | Curve | Polyline | Text | Group


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Everything to draw, from back to front, with its size in px."""

    width: float
    height: float
    title: str
    description: str
    items: tuple[Shape, ...]


def text_width(text: str, size: float, mono: bool = False) -> float:
    """Width of a line in px, estimated from above for common sans-serif fonts."""
    if mono:
        return len(text) * size * 0.61
    narrow, wide = set("iljtfr.,:;'|!()[] I"), set("mwMW@×")
    return sum(size * (0.36 if c in narrow else 0.9 if c in wide else 0.62) for c in text)


def fit(text: str, room: float, size: float, mono: bool = False) -> str:
    """The text, cut with an ellipsis where it would be wider than `room`."""
    if text_width(text, size, mono) <= room:
        return text
    while text and text_width(text + "…", size, mono) > room:
        text = text[:-1]
    return text + "…"
