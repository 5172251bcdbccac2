"""One node of a lattice as shapes: frame, name, merge sign, cell chips, shape, overlay value, error mark."""

from __future__ import annotations

from collections.abc import Sequence

from archlab.document.diagnostics import Diagnostic
from archlab.graph.model import GraphNode
from archlab.parts.merge import Merge
from archlab.text import sizes
from archlab.views.folding import shorten
from archlab.views.lattice import Metrics, Point
from archlab.views.overlay import Overlay
from archlab.views.palette import hue
from archlab.views.shapes import Group, Polyline, Rect, Shape, Style, Text, fit, text_width

CHIP = (25, 18)  # width, height
CHIP_GAP = 4
PAD = 9
RING = 15  # around the sign of a merge
PER_ROW = 4


def node_group(
    node: GraphNode, corner: Point, m: Metrics, overlay: Overlay | None, found: Sequence[Diagnostic], is_output: bool
) -> Group:
    """One node: its frame with everything in it, and its tooltip."""
    items: list[Shape] = [*_frame(node, corner, m, overlay, found, is_output), *_header(node, corner, m)]
    items += _chips(node, corner, m) if node.cells else _word(node, corner, m)
    items.append(_shape_line(node, corner, m, plain=overlay is None))
    if overlay is not None and node.id in overlay.values:
        items += _value(overlay.text(overlay.values[node.id]), corner, m)
    if found:
        items += _mark(found, corner, m)
    return Group(id=node.id, title=_title(node, overlay, found), items=tuple(items))


def _frame(
    node: GraphNode, corner: Point, m: Metrics, overlay: Overlay | None, found: Sequence[Diagnostic], is_output: bool
) -> list[Shape]:
    (x, y), bad = corner, any(d.severity == "error" for d in found)
    fill = "fusion" if node.kind == "fusion" else "surface"
    if overlay is not None:
        fill = f"ramp-{overlay.step(node.id)}"
    stroke, width = ("error", 2.2) if bad else ("edge", 1.2)
    dash = (5.0, 3.0) if node.kind in ("input", "stem", "neck", "head") else ()
    radius = 8 if node.kind == "block" else 22
    style = Style(fill=fill, stroke=stroke, width=width, dash=dash)
    frame: list[Shape] = [Rect(x=x, y=y, width=m.width, height=m.height, radius=radius, style=style)]
    if is_output:
        bar = Style(stroke=stroke, width=3.5)
        right, top = x + m.width, y + radius + 3
        frame.append(Polyline(points=((right, top), (right, y + m.height - radius - 3)), closed=False, style=bar))
    return frame


def _header(node: GraphNode, corner: Point, m: Metrics) -> list[Shape]:
    x, y = corner
    merges = len(node.inputs) > 1
    left = x + PAD + (20 if merges else 4 if node.kind != "block" else 0)
    room = m.width - (left - x) - PAD
    items: list[Shape] = [Text(x=left, y=y + 18, text=fit(node.id, room, 13), size=13, bold=True)]
    if merges:
        items += merge_sign(node.merge, (x + PAD + RING / 2, y + 6 + RING / 2))
    if node.dense:
        items.append(Text(x=x + m.width - PAD, y=y + 18, text="dense", size=10, fill="soft", anchor="end"))
    return items


def merge_sign(merge: Merge, middle: Point) -> list[Shape]:
    """The sign of a merge, in a ring."""
    (x, y), half, pen = middle, RING / 2, Style(stroke="ink", width=1.5)
    rim = Style(fill="paper", stroke="soft", width=1.2)
    lines = [tuple((x + dx, y + dy) for dx, dy in line) for line in merge.strokes]
    return [
        Rect(x=x - half, y=y - half, width=RING, height=RING, radius=half, style=rim),
        *(Polyline(points=points, closed=False, style=pen) for points in lines),
    ]


def _chips(node: GraphNode, corner: Point, m: Metrics) -> list[Shape]:
    """The cells in one or two rows: a chip for each code, and a sign for those that find no room."""
    families = {use.code: hue(use.cell.family) if use.cell else "" for use in node.cells}
    fixed = {use.code for use in node.cells if use.fixed} - {use.code for use in node.cells if not use.fixed}
    shown, after = shorten([use.code for use in node.cells], 2 * PER_ROW)
    x, y = corner
    top = y + (34 if len(shown) + bool(after) <= PER_ROW else 25)

    def slot(i: int) -> Point:
        row, column = divmod(i, PER_ROW)
        return x + PAD + column * (CHIP[0] + CHIP_GAP), top + row * (CHIP[1] + 3)

    items: list[Shape] = []
    for i, code in enumerate(shown):
        items += _chip(code, families[code], slot(i), fixed=code in fixed)
    if after:
        left, up = slot(len(shown))
        items.append(Text(x=left, y=up + 13, text=after, size=11.5, fill="soft", bold=True))
    return items


def _chip(code: str, colour: str, corner: Point, *, fixed: bool = False) -> list[Shape]:
    """A code on the colour of its family, a fixed cell in outline; without a colour it is an unknown code."""
    x, y = corner
    style = Style(fill=f"chip-{colour}") if colour else Style(stroke="error", width=1.2, dash=(2, 2))
    ink = f"code-{colour}" if colour else "error"
    if fixed and colour:
        style, ink = Style(stroke="soft", width=1.0), "soft"
    text = fit(code, CHIP[0], 11.5, mono=True)
    return [
        Rect(x=x, y=y, width=CHIP[0], height=CHIP[1], radius=4, style=style),
        Text(x=x + CHIP[0] / 2, y=y + 13, text=text, size=11.5, fill=ink, anchor="middle", bold=True, mono=True),
    ]


def _word(node: GraphNode, corner: Point, m: Metrics) -> list[Shape]:
    """The word shown by a node that holds no cells."""
    word: str = node.kind
    type_word = str(getattr(node.part, "type", ""))
    if node.kind == "fusion":
        word = node.merge.node_word
    if type_word:
        word = type_word
    if node.kind == word == node.id:
        return []
    x, y = corner
    return [Text(x=x + PAD + 4, y=y + 47, text=fit(word, m.width - 2 * PAD - 4, 11), size=11, fill="soft")]


def _shape_line(node: GraphNode, corner: Point, m: Metrics, plain: bool) -> Text:
    x, y = corner
    dims = None if node.out is None else node.out.shape()[1:]
    inset = 0 if node.kind == "block" else 4
    text = fit(sizes.shape(dims, "shape unknown"), m.width - 2 * PAD - inset, 11.5)
    fill = "error" if dims is None else "soft" if plain else "ink"
    return Text(x=x + PAD + inset, y=y + m.height - 8, text=text, size=11.5, fill=fill)


def _value(text: str, corner: Point, m: Metrics) -> list[Shape]:
    """The overlay's number, on a tag across the lower edge."""
    width = text_width(text, 11.5) + 12
    x, y = corner[0] + m.width - width - 8, corner[1] + m.height - 4
    tag = Rect(x=x, y=y, width=width, height=17, radius=8.5, style=Style(fill="ink"))
    return [tag, Text(x=x + width / 2, y=y + 12.5, text=text, size=11.5, fill="paper", anchor="middle", bold=True)]


def _mark(found: Sequence[Diagnostic], corner: Point, m: Metrics) -> list[Shape]:
    role = "error" if any(d.severity == "error" for d in found) else "warning"
    x, y = corner[0] + m.width - 6, corner[1] + 4
    points = ((x - 11, y + 8), (x + 11, y + 8), (x, y - 12))
    return [
        Polyline(points=points, style=Style(fill=role, stroke="paper", width=1.5)),
        Text(x=x, y=y + 5.5, text="!", size=13, fill="paper", anchor="middle", bold=True),
    ]


def _title(node: GraphNode, overlay: Overlay | None, found: Sequence[Diagnostic]) -> str:
    parts = [f"{node.id}: {node.kind}, level {node.level}, stage {node.stage}"]
    if node.text:
        parts.append(f"cells {node.text}")
    if len(node.inputs) > 1:
        parts.append(f"{node.merge.noun} of {len(node.inputs)} inputs")
    parts.append(f"output {node.out}" if node.out else "output shape unknown")
    if overlay is not None and node.id in overlay.values:
        parts.append(f"{overlay.title} {overlay.text(overlay.values[node.id])}")
    return ", ".join(parts) + "".join(f"\n{d}" for d in found)
