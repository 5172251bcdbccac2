"""One link of a lattice as shapes. Its direction shows by the arrow head, not only by colour."""

from __future__ import annotations

from collections.abc import Mapping

from archlab.graph.model import GraphLink
from archlab.views.lattice import Point, Route
from archlab.views.overlay import Overlay
from archlab.views.shapes import Curve, Group, Polyline, Shape, Style

HEAD = 8.0  # length of an arrow head
GATE = 24.0  # where a gate sits, px before the target
QUERY = 11.0  # where the dotted line to it starts on the link that steers it


def direction(link: GraphLink) -> str:
    """`down` (coarser), `up` (finer) or `same`."""
    return "down" if link.steps > 0 else "up" if link.steps < 0 else "same"


def link_group(link: GraphLink, route: Route, routes: Mapping[str, Route], overlay: Overlay | None) -> Group:
    """One link: its line, arrow head, gate sign, overlay value and tooltip."""
    role = "off" if link.off else "gate" if link.query else direction(link)
    width: float = 1.5
    dash: tuple[float, ...] = ()
    if link.off:
        width, dash = 1.2, (4.0, 4.0)
    elif overlay is not None and link.id in overlay.values:
        width = 1.2 + 0.5 * overlay.step(link.id)
    elif not link.derived:
        width = 2.6
    style = Style(stroke=role, width=width, dash=dash)
    items: list[Shape] = [Curve(points=_shortened(route), style=style)]
    items += arrow_head(direction(link), route.points[-1], role)
    if link.off:
        items += _cross(route.mid, role)
    elif link.query:
        items += _gate(route, routes.get(link.query))
    return Group(id=link.id, title=_title(link, overlay), items=tuple(items))


def arrow_head(kind: str, tip: Point, role: str) -> list[Shape]:
    """The tip of a link: a filled triangle down, a hollow one up, an open angle along a level."""
    x, y = tip
    half = HEAD / 2
    points = ((x - HEAD, y - half), (x, y), (x - HEAD, y + half))
    if kind == "down":
        return [Polyline(points=points, style=Style(fill=role, stroke=role, width=1))]
    if kind == "up":
        return [Polyline(points=points, style=Style(fill="paper", stroke=role, width=1.4))]
    return [Polyline(points=points, closed=False, style=Style(stroke=role, width=1.5))]


def gate_sign(center: Point) -> list[Shape]:
    """Diamond with a cross: the value that passes is multiplied."""
    x, y = center
    pen = Style(stroke="gate", width=1.4)
    diamond = ((x - 9, y), (x, y - 9), (x + 9, y), (x, y + 9))
    return [
        Polyline(points=diamond, style=Style(fill="paper", stroke="gate", width=1.5)),
        Polyline(points=((x - 3, y - 3), (x + 3, y + 3)), closed=False, style=pen),
        Polyline(points=((x - 3, y + 3), (x + 3, y - 3)), closed=False, style=pen),
    ]


def _shortened(route: Route) -> tuple[Point, ...]:
    """The route up to its arrow head, so that a thick line does not stand out before the tip."""
    *before, (x, y) = route.points
    return (*before, (x - HEAD + 1, y))


def _gate(route: Route, query: Route | None) -> list[Shape]:
    center = _before_end(route, GATE)
    items: list[Shape] = []
    if query is not None:
        dotted = Style(stroke="gate", width=1.3, dash=(2.0, 2.5))
        items.append(Polyline(points=(_before_end(query, QUERY), center), closed=False, style=dotted))
    return [*items, *gate_sign(center)]


def _before_end(route: Route, distance: float) -> Point:
    """The point of the last piece that lies `distance` before the target, measured along x."""
    last = len(route.pieces) - 1
    wanted = route.points[-1][0] - distance
    low, high = 0.0, 1.0
    for _ in range(24):
        half = (low + high) / 2
        low, high = (half, high) if route.at(last, half)[0][0] < wanted else (low, half)
    return route.at(last, high)[0]


def _cross(center: Point, role: str) -> list[Shape]:
    x, y = center
    pen = Style(stroke=role, width=1.6)
    return [
        Polyline(points=((x - 4, y - 4), (x + 4, y + 4)), closed=False, style=pen),
        Polyline(points=((x - 4, y + 4), (x + 4, y - 4)), closed=False, style=pen),
    ]


def _title(link: GraphLink, overlay: Overlay | None) -> str:
    levels = abs(link.steps)
    way = {"same": "same level", "down": f"down {levels}", "up": f"up {levels}"}[direction(link)]
    cells = "".join(use.code for use in link.cells)
    parts = [f"{link.id}: {' '.join(filter(None, (link.kind, cells)))}, {way}"]
    if link.off:
        parts.append("off")
    if not link.derived:
        parts.append("added by the document")
    if link.query:
        parts.append(f"steered by {link.query}")
    if link.out is not None:
        parts.append(str(link.out))
    if overlay is not None and link.id in overlay.values:
        parts.append(f"{overlay.title} {overlay.text(overlay.values[link.id])}")
    return ", ".join(parts)
