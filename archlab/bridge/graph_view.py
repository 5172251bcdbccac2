"""The graph as editors and pictures see it: plain JSON with every option settled and every shape filled in."""

from __future__ import annotations

import functools
import sys
from typing import Any

import msgspec

from archlab.document.feature_map import FeatureMap
from archlab.graph.model import CellUse, Graph, GraphLink, GraphNode
from archlab.graph.on_maps import effective
from archlab.parts.cell import Cell
from archlab.parts.layout import Layout


class CellView(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a block or a link; `origin` says where each value that is no class default came from.

    `inert` names the fields that have no effect here, each with the reason. A `fixed` cell belongs to the layout, neck
    or head: it is shown and cannot be edited.
    """

    code: str
    known: bool
    path: str
    fixed: bool = False
    family: str = ""
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    effective: dict[str, Any] = {}
    inert: dict[str, str] = {}
    shape: tuple[int, ...] | None = None


class NodeView(msgspec.Struct, frozen=True, kw_only=True):
    """A node; `shape` is what leaves it, without the batch axis, None where not known."""

    id: str
    kind: str
    section: str
    level: int
    stage: int
    merge: str
    channels: int
    inputs: tuple[str, ...]
    text: str
    path: str
    overridden: bool
    dense: bool
    shape: tuple[int, ...] | None
    cells: list[CellView]
    type: str = ""
    values: dict[str, Any] = {}


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """A link; one that is off stays here with `off` true."""

    id: str
    source: str
    target: str
    kind: str
    known: bool
    steps: int
    off: bool
    derived: bool
    query: str
    path: str
    shape: tuple[int, ...] | None
    values: dict[str, Any] = {}
    cells: list[CellView] = []


class GraphView(msgspec.Struct, frozen=True, kw_only=True):
    """The expanded document.

    `strides` are input pixels per pixel of each level, as its layout says; with `by_column` the layout takes cell
    strings by column and level.
    """

    levels: int
    stages: int
    strides: tuple[float, ...]
    by_column: bool
    outputs: tuple[str, ...]
    nodes: list[NodeView]
    links: list[LinkView]


class GrowthView(msgspec.Struct, frozen=True, kw_only=True):
    """The layout's field that "add level" or "add stage" changes, its value now and its bounds.

    Where the field is a list (`listed`), they count its entries, and it grows by its last entry once more.
    """

    field: str
    listed: bool
    value: int
    min: int
    max: int


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """What can grow; None where the layout has no such axis."""

    level: GrowthView | None
    stage: GrowthView | None


def graph_view(graph: Graph) -> GraphView:
    """The graph as JSON-ready structs."""
    return GraphView(
        levels=graph.levels,
        stages=graph.stages,
        strides=graph.strides,
        by_column=graph.by_column,
        outputs=graph.outputs,
        nodes=[_node(node) for node in graph.nodes],
        links=[_link(link) for link in graph.links],
    )


def growth(layout: Layout, limits: tuple[int, int]) -> Growth:
    """How far the layout's levels and stages may go; `limits` = the document's own (levels, stages)."""
    levels, stages = layout.counts()
    return Growth(
        level=_axis(layout, layout.level_field, levels, limits[0]),
        stage=_axis(layout, layout.stage_field, stages, limits[1]),
    )


def _axis(layout: Layout, field: str | None, count: int, limit: int) -> GrowthView | None:
    """`count` may differ from the field's value: U-Net's levels do not count the bridge."""
    given = None if field is None else getattr(layout, field)
    if field is None or not isinstance(given, int | tuple | None):
        return None
    listed = isinstance(given, tuple)
    value = count if given is None else len(given) if isinstance(given, tuple) else given
    low, high = _bounds(type(layout), field, listed)
    return GrowthView(field=field, listed=listed, value=value, min=low, max=min(limit - (count - value), high))


@functools.cache
def _bounds(layout: type[Layout], field: str, listed: bool) -> tuple[int, int]:
    """The least and the most that a field may be, or its length where it is a list."""
    least, most = ("minItems", "maxItems") if listed else ("minimum", "maximum")
    schema = msgspec.json.schema(layout)
    own = schema["$defs"][layout.__name__]["properties"][field]
    choices = [own, *own.get("anyOf", ())]
    lows = [c[least] for c in choices if least in c]
    highs = [c[most] for c in choices if most in c]
    return min(lows, default=1), min(highs, default=sys.maxsize)


def _node(node: GraphNode) -> NodeView:
    return NodeView(
        id=node.id,
        kind=node.kind,
        section=node.section,
        level=node.level,
        stage=node.stage,
        merge=node.merge.type,
        channels=node.channels,
        inputs=node.inputs,
        text=node.text,
        path=node.path,
        overridden=node.path.startswith("$.blocks"),
        dense=node.dense,
        shape=_shape(node.out),
        cells=[_cell(use) for use in node.cells],
        type=getattr(node.part, "type", ""),
        values=_values(node.part),
    )


def _cell(use: CellUse) -> CellView:
    if use.cell is None:
        return CellView(code=use.code, known=False, path=use.path, fixed=bool(use.fixed), origin=dict(use.origin))
    asked = use.asked or use.cell
    return CellView(
        code=use.code,
        known=True,
        path=use.path,
        fixed=bool(use.fixed),
        family=use.cell.family,
        values=_values(asked),
        origin=dict(use.origin),
        effective={**_by_place(use.cell, asked), **({} if use.x is None else effective(use.cell, use.x))},
        inert=dict(asked.inert()),
        shape=_shape(use.out),
    )


def _by_place(cell: Cell, asked: Cell) -> dict[str, Any]:
    """Fields that the cell has got from its place along the net, such as its share of drop_path."""
    if cell is asked:
        return {}
    fields = cell.__struct_fields__
    return {name: value for name in fields if (value := getattr(cell, name)) != getattr(asked, name)}


def _link(link: GraphLink) -> LinkView:
    return LinkView(
        id=link.id,
        source=link.source,
        target=link.target,
        kind=link.kind,
        known=link.part is not None,
        steps=link.steps,
        off=link.off,
        derived=link.derived,
        query=link.query,
        path=link.path,
        shape=_shape(link.out),
        values=_values(link.part),
        cells=[_cell(use) for use in link.cells],
    )


def _values(part: msgspec.Struct | None) -> dict[str, Any]:
    return {} if part is None else msgspec.to_builtins(part)


def _shape(x: FeatureMap | None) -> tuple[int, ...] | None:
    return None if x is None else x.shape()[1:]
