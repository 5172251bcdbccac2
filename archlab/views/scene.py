"""A graph as one picture of shapes: level bands, links, nodes, legend. SVG and PNG are both painted from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from archlab.document.diagnostics import Diagnostic
from archlab.graph.model import Graph
from archlab.views.lattice import Geometry, Metrics, layout
from archlab.views.link_shapes import arrow_head, direction, gate_sign, link_group
from archlab.views.node_shapes import CHIP, RING, merge_sign, node_group
from archlab.views.overlay import Overlay
from archlab.views.palette import RAMP, hue
from archlab.views.shapes import Curve, Group, Picture, Polyline, Rect, Shape, Style, Text, fit, text_width

SIDE = 66  # level labels
TITLE = 30  # title line
STAGES = 16  # line of stage labels
LEGEND = 26  # one line of the legend


def picture(
    graph: Graph,
    *,
    title: str = "",
    subtitle: str = "",
    overlay: Overlay | None = None,
    diagnostics: Iterable[Diagnostic] = (),
) -> Picture:
    """The picture of a graph; `diagnostics` are marked at their nodes."""
    geometry = layout(graph, _spread(graph))
    by_node: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        by_node.setdefault(diagnostic.node, []).append(diagnostic)
    width = max(geometry.width + SIDE, 560.0)
    top = STAGES + (TITLE if title else 0)
    items: list[Shape] = _heading(title, subtitle, width) if title else []
    body = [*_bands(graph, geometry), *_stage_labels(graph, geometry), *_links(graph, geometry, overlay)]
    body += [
        node_group(n, geometry.nodes[n.id], geometry.metrics, overlay, by_node.get(n.id, ()), n.id in graph.outputs)
        for n in graph.nodes
    ]
    items.append(Group(id="", title="", items=tuple(_moved(s, SIDE, top) for s in body)))
    legend, height = _legend(graph, overlay, width, top + geometry.height - geometry.metrics.top + 46)
    return Picture(
        width=width,
        height=height,
        title=title or "Lattice",
        description=_description(graph),
        items=(Rect(x=0, y=0, width=width, height=height, style=Style(fill="paper")), *items, *legend),
    )


def _spread(graph: Graph) -> Metrics:
    """Distances with wider space between columns where many links run, so that each can be followed."""
    stages = {n.id: n.stage for n in graph.nodes}
    bends: dict[int, int] = {}
    for link in graph.links:
        if link.source in stages and link.target in stages and link.steps:
            bends[stages[link.target]] = bends.get(stages[link.target], 0) + 1
    extra = min(5 * max(bends.values(), default=0), 80)
    return Metrics(column=Metrics().column + extra)


def _heading(title: str, subtitle: str, width: float) -> list[Shape]:
    name = fit(title, width * 0.6, 16)
    items: list[Shape] = [Text(x=20, y=28, text=name, size=16, bold=True)]
    if subtitle:
        left = 20 + text_width(name, 16) * 1.06 + 14
        items.append(Text(x=left, y=28, text=fit(subtitle, width - left - 16, 12.5), size=12.5, fill="soft"))
    return items


def _bands(graph: Graph, geometry: Geometry) -> list[Shape]:
    m = geometry.metrics
    items: list[Shape] = []
    strides = {
        n.level: n.out.stride for n in graph.nodes if n.out is not None and n.out.size and n.section == "backbone"
    }
    for level in range(max((n.level for n in graph.nodes), default=-1) + 1):
        top = m.top + level * m.row
        if level % 2 == 0:
            y, height = top - m.gap / 2, m.height + m.gap
            items.append(Rect(x=-SIDE, y=y, width=geometry.width + SIDE, height=height, style=Style(fill="band")))
        items.append(Text(x=-SIDE + 20, y=top + m.height / 2 - 2, text=f"level {level}", size=12.5, bold=True))
        if level in strides:
            high, wide = strides[level]
            text = f"stride {high}" if high == wide else f"stride {high}×{wide}"
            items.append(Text(x=-SIDE + 20, y=top + m.height / 2 + 14, text=text, size=11, fill="soft"))
    return items


def _stage_labels(graph: Graph, geometry: Geometry) -> list[Shape]:
    m = geometry.metrics
    return [
        Text(x=m.left + i * m.column + m.width / 2, y=m.top - m.gap - 4, text=f"stage {s}", size=12, fill="soft",
             anchor="middle")
        for i, s in enumerate(geometry.columns)
        if 0 <= s < graph.stages
    ]  # fmt: skip


def _links(graph: Graph, geometry: Geometry, overlay: Overlay | None) -> list[Shape]:
    """Links that are off lie lowest, gates on top."""
    drawn = [k for k in graph.links if k.id in geometry.links]
    drawn.sort(key=lambda k: (not k.off, bool(k.query)))
    return [link_group(k, geometry.links[k.id], geometry.links, overlay) for k in drawn]


def _legend(graph: Graph, overlay: Overlay | None, width: float, top: float) -> tuple[list[Shape], float]:
    """Legend entries for the signs that occur in this picture, in rows, and the height at which they end."""
    entries = [*_link_entries(graph), *_merge_entries(graph), *_family_entries(graph)]
    if overlay is not None:
        entries.append(_ramp_entry(overlay))
    items: list[Shape] = []
    x, y = 20.0, top
    for shapes, label, sign_width in entries:
        room = sign_width + 6 + text_width(label, 11.5) + 20
        if x + room > width and x > 20:
            x, y = 20.0, y + LEGEND
        items += [_moved(s, x, y) for s in shapes]
        items.append(Text(x=x + sign_width + 6, y=y + 4, text=label, size=11.5, fill="soft"))
        x += room
    return items, y + LEGEND


Entry = tuple[Sequence[Shape], str, float]


def _link_entries(graph: Graph) -> list[Entry]:
    kinds = {direction(k) for k in graph.links if not k.off}
    found: list[Entry] = []
    for kind, label in (("same", "same level"), ("down", "down, coarser"), ("up", "up, finer")):
        if kind in kinds:
            line = Curve(points=((0, 0), (8, 0), (16, 0), (24, 0)), style=Style(stroke=kind, width=1.5))
            found.append(([line, *arrow_head(kind, (32, 0), kind)], label, 32))
    if any(k.query for k in graph.links):
        found.append((gate_sign((10, 0)), "gate", 20))
    if any(not k.derived for k in graph.links):
        line = Curve(points=((0, 0), (10, 0), (20, 0), (32, 0)), style=Style(stroke="same", width=2.6))
        found.append(([line], "added link", 32))
    if any(k.off for k in graph.links):
        style = Style(stroke="off", width=1.2, dash=(4, 4))
        found.append(([Curve(points=((0, 0), (10, 0), (20, 0), (32, 0)), style=style)], "off", 32))
    return found


def _merge_entries(graph: Graph) -> list[Entry]:
    merges = dict.fromkeys(n.merge for n in graph.nodes if len(n.inputs) > 1)
    found: list[Entry] = [(merge_sign(merge, (RING / 2, 0)), merge.noun, RING) for merge in merges]
    bar = Polyline(points=((4, -8), (4, 8)), closed=False, style=Style(stroke="edge", width=3.5))
    if graph.outputs:
        found.append(([bar], "output", 6))
    return found


def _family_entries(graph: Graph) -> list[Entry]:
    uses = [use for node in graph.nodes for use in node.cells]
    families = dict.fromkeys(use.cell.family for use in uses if use.cell is not None and not use.fixed)
    looks = [(family, Style(fill=f"chip-{hue(family)}")) for family in families]
    if any(use.fixed for use in uses):
        looks.append(("fixed by the layout", Style(stroke="soft", width=1.0)))
    width = CHIP[0] - 6
    return [([Rect(x=0, y=-8, width=width, height=16, radius=4, style=style)], label, width) for label, style in looks]


def _ramp_entry(overlay: Overlay) -> Entry:
    style = [Style(fill=f"ramp-{step}", stroke="edge", width=0.5) for step in range(RAMP + 1)]
    steps = [Rect(x=12 * i, y=-7, width=12, height=14, style=s) for i, s in enumerate(style)]
    return steps, f"{overlay.title}, 0 to {overlay.text(overlay.top)}", 12.0 * (RAMP + 1)


def _moved(shape: Shape, dx: float, dy: float) -> Shape:
    match shape:
        case Group():
            return Group(id=shape.id, title=shape.title, items=tuple(_moved(s, dx, dy) for s in shape.items))
        case Curve():
            return Curve(points=tuple((x + dx, y + dy) for x, y in shape.points), style=shape.style)
        case Polyline():
            points = tuple((x + dx, y + dy) for x, y in shape.points)
            return Polyline(points=points, closed=shape.closed, style=shape.style)
        case Rect() | Text():
            return msgspec.structs.replace(shape, x=shape.x + dx, y=shape.y + dy)


def _description(graph: Graph) -> str:
    blocks = sum(n.kind == "block" for n in graph.nodes)
    on = sum(not k.off for k in graph.links)
    return f"{graph.levels} levels, {graph.stages} stages, {blocks} blocks, {on} links, {len(graph.outputs)} outputs."
