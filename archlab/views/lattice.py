"""Where the nodes and links of a lattice are drawn: x = stage, y = level. Coordinates only, no drawing.

The editor computes the same numbers; `tests/fixtures/lattice/README.md` holds the algorithm step by step and the JSON
files beside it hold both sides to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import msgspec

from archlab.graph.model import Graph, GraphLink, GraphNode

Point = tuple[float, float]


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Distances in px. The defaults are the editor's; figures may spread the columns."""

    column: int = 168  # from one column's left edge to the next
    row: int = 132  # from one row's top edge to the next
    width: int = 128  # of a block
    height: int = 84
    left: int = 24  # margin left and right
    top: int = 56  # margin at top and bottom
    nudge: int = 12  # shift of a node whose place is taken

    @property
    def gutter(self) -> int:
        """Free space between columns."""
        return self.column - self.width

    @property
    def gap(self) -> int:
        """Free space above each row."""
        return self.row - self.height


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The curve of a link: a chain of cubic Béziers `[P0, C, C, P1, C, C, P2, ...]`, with the place of its label."""

    points: tuple[Point, ...]

    @property
    def pieces(self) -> tuple[tuple[Point, Point, Point, Point], ...]:
        """The cubic curves of the chain: start, two control points, end."""
        p = self.points
        return tuple((p[i], p[i + 1], p[i + 2], p[i + 3]) for i in range(0, len(p) - 1, 3))

    @property
    def mid(self) -> Point:
        """The point in the middle of the middle curve."""
        return self.at(len(self.pieces) // 2, 0.5)[0]

    @property
    def angle(self) -> float:
        """Direction of travel at `mid`, degrees, clockwise from the right."""
        return self.at(len(self.pieces) // 2, 0.5)[1]

    def at(self, piece: int, t: float) -> tuple[Point, float]:
        """Point and direction, in degrees, at `t` (0 to 1) of the curve numbered `piece`."""
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = self.pieces[piece]
        s = 1 - t
        place = (
            s**3 * x0 + 3 * t * s**2 * x1 + 3 * t**2 * s * x2 + t**3 * x3,
            s**3 * y0 + 3 * t * s**2 * y1 + 3 * t**2 * s * y2 + t**3 * y3,
        )
        dx = s**2 * (x1 - x0) + 2 * t * s * (x2 - x1) + t**2 * (x3 - x2)
        dy = s**2 * (y1 - y0) + 2 * t * s * (y2 - y1) + t**2 * (y3 - y2)
        return place, math.degrees(math.atan2(dy, dx))


class Geometry(msgspec.Struct, frozen=True, kw_only=True):
    """Top left corner of each node, route of each link, stages of the columns, size of the picture."""

    nodes: dict[str, Point]
    links: dict[str, Route]
    columns: tuple[int, ...]
    width: float
    height: float
    metrics: Metrics


def layout(graph: Graph, metrics: Metrics | None = None) -> Geometry:
    """Geometry of a graph. A link with an unknown end is left out; one that is off is laid out like the others."""
    m = metrics or Metrics()
    if not graph.nodes:
        return Geometry(nodes={}, links={}, columns=(), width=0, height=0, metrics=m)
    nodes = {n.id: n for n in graph.nodes}
    links = [k for k in graph.links if k.source in nodes and k.target in nodes]
    columns = sorted({n.stage for n in graph.nodes})
    grid = _Grid(nodes, columns)
    corners = _corners(graph.nodes, grid, m)
    starts = _ports(links, lambda k: k.source, lambda k: (grid.leaves(k), *grid.place(k.target), k.id), corners, m)
    ends = _ports(links, lambda k: k.target, lambda k: (grid.arrives(k), *grid.place(k.source), k.id), corners, m)
    lanes = _lanes(links, grid, m)
    routes = {}
    for link in links:
        start = (corners[link.source][0] + m.width, starts[link.id])
        end = (corners[link.target][0], ends[link.id])
        routes[link.id] = _route(link, start, end, lanes.get(link.id), grid, m)
    deepest = max(n.level for n in graph.nodes)
    return Geometry(
        nodes=corners,
        links=routes,
        columns=tuple(columns),
        width=2 * m.left + (len(columns) - 1) * m.column + m.width,
        height=2 * m.top + deepest * m.row + m.height,
        metrics=m,
    )


class _Grid:
    """Which node stands in which (level, column)."""

    def __init__(self, nodes: Mapping[str, GraphNode], columns: list[int]) -> None:
        index = {stage: i for i, stage in enumerate(columns)}
        self._place = {n.id: (n.level, index[n.stage]) for n in nodes.values()}
        self._taken = set(self._place.values())

    def place(self, id: str) -> tuple[int, int]:
        """Level and column of a node."""
        return self._place[id]

    def span(self, link: GraphLink) -> int:
        """Columns from source to target."""
        return self._place[link.target][1] - self._place[link.source][1]

    def free(self, level: int, link: GraphLink) -> bool:
        """Whether a straight line on that level, between the link's two columns, would meet no node."""
        first, last = self._place[link.source][1], self._place[link.target][1]
        return all((level, column) not in self._taken for column in range(first + 1, last))

    def needs_lane(self, link: GraphLink) -> bool:
        """Whether nodes stand in the way on both levels, so that the link must run in a lane between them."""
        return self.span(link) > 1 and not any(self.free(self._place[e][0], link) for e in (link.source, link.target))

    def leaves(self, link: GraphLink) -> int:
        """Where a link goes from its source: 0 up into a lane, 1 without a lane, 2 down into a lane."""
        if not self.needs_lane(link):
            return 1
        return 2 if self._place[link.target][0] > self._place[link.source][0] else 0

    def arrives(self, link: GraphLink) -> int:
        """Where a link comes from at its target: 0 down from a lane, 1 without a lane, 2 up from a lane."""
        if not self.needs_lane(link):
            return 1
        return 2 if self._place[link.target][0] < self._place[link.source][0] else 0


def _corners(nodes: Iterable[GraphNode], grid: _Grid, m: Metrics) -> dict[str, Point]:
    seen: dict[tuple[int, int], int] = {}
    found: dict[str, Point] = {}
    for node in nodes:
        level, column = grid.place(node.id)
        shift = m.nudge * seen.get((level, column), 0)
        seen[level, column] = seen.get((level, column), 0) + 1
        found[node.id] = (m.left + column * m.column + shift, m.top + level * m.row + shift)
    return found


def _ports(
    links: Iterable[GraphLink],
    end: Callable[[GraphLink], str],
    order: Callable[[GraphLink], tuple[int, int, int, str]],
    corners: Mapping[str, Point],
    m: Metrics,
) -> dict[str, float]:
    """Height at which each link touches the node that `end` names, spread evenly over that node's edge."""
    sides: dict[str, list[GraphLink]] = {}
    for link in links:
        sides.setdefault(end(link), []).append(link)
    found = {}
    for node, touching in sides.items():
        for i, link in enumerate(sorted(touching, key=order)):
            found[link.id] = corners[node][1] + m.height * (i + 1) / (len(touching) + 1)
    return found


def _lanes(links: Iterable[GraphLink], grid: _Grid, m: Metrics) -> dict[str, float]:
    """Height of the lane of each link that needs one."""
    wanting: dict[int, list[tuple[int, int, str]]] = {}
    for link in links:
        if grid.needs_lane(link):
            (level, first), (target, last) = grid.place(link.source), grid.place(link.target)
            wanting.setdefault(level + (target > level), []).append((first, -last, link.id))
    found = {}
    for gap, entries in wanting.items():
        lanes: list[list[tuple[int, int]]] = []
        chosen: dict[str, int] = {}
        for first, negative, id in sorted(entries):
            last = -negative
            lane = next((i for i, t in enumerate(lanes) if not any(first < b and a < last for a, b in t)), len(lanes))
            if lane == len(lanes):
                lanes.append([])
            lanes[lane].append((first, last))
            chosen[id] = lane
        top = m.top + gap * m.row - m.gap
        for id, lane in chosen.items():
            found[id] = top + m.gap * (len(lanes) - lane) / (len(lanes) + 1)
    return found


def _route(link: GraphLink, start: Point, end: Point, lane: float | None, grid: _Grid, m: Metrics) -> Route:
    (x0, y0), (x1, y1) = start, end
    (level, _), (target, _) = grid.place(link.source), grid.place(link.target)
    span = grid.span(link)
    if span <= 0:
        return Route(points=(start, (x0 + 60, y0), (x1 - 60, y1), end))
    if lane is not None:
        entry, leave = (x0 + m.gutter, lane), (x1 - m.gutter, lane)
        return Route(points=(start, *_bend(start, entry), *_straight(entry, leave), *_bend(leave, end)))
    if span == 1 or (level == target and grid.free(level, link)):
        return Route(points=(start, *_bend(start, end)))
    if grid.free(level, link):
        corner = (x1 - m.gutter, y0)
        return Route(points=(start, *_straight(start, corner), *_bend(corner, end)))
    corner = (x0 + m.gutter, y1)
    return Route(points=(start, *_bend(start, corner), *_straight(corner, end)))


def _bend(a: Point, b: Point) -> tuple[Point, Point, Point]:
    reach = abs(b[0] - a[0]) / 2
    return (a[0] + reach, a[1]), (b[0] - reach, b[1]), b


def _straight(a: Point, b: Point) -> tuple[Point, Point, Point]:
    dx, dy = b[0] - a[0], b[1] - a[1]
    return (a[0] + dx / 3, a[1] + dy / 3), (a[0] + 2 * dx / 3, a[1] + 2 * dy / 3), b
