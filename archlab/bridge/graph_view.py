"""The graph as editors and pictures see it: plain JSON with every option settled and every shape filled in."""

from __future__ import annotations

import functools
import sys
from typing import Any

import msgspec

from archlab.document.feature_map import FeatureMap
from archlab.graph.model import CellUse, Graph, GraphLink, GraphNode
from archlab.graph.propagate import effective
from archlab.parts.layout import Layout


class CellView(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a block or a link; `origin` says where each value that is no class default came from.

    `inert` names the fields that have no effect here, each with the reason.
    """

    code: str
    known: bool
    path: str
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
    """The expanded document."""

    levels: int
    stages: int
    outputs: tuple[str, ...]
    nodes: list[NodeView]
    links: list[LinkView]


class GrowthView(msgspec.Struct, frozen=True, kw_only=True):
    """The layout's field that "add level" or "add stage" changes, its value now and its bounds."""

    field: str
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
    if field is None:
        return None
    given = getattr(layout, field)
    value = count if given is None else int(given)
    low, high = _bounds(type(layout), field)
    return GrowthView(field=field, value=value, min=low, max=min(limit - (count - value), high))


@functools.cache
def _bounds(layout: type[Layout], field: str) -> tuple[int, int]:
    schema = msgspec.json.schema(layout)
    own = schema["$defs"][layout.__name__]["properties"][field]
    choices = [own, *own.get("anyOf", ())]
    lows = [c["minimum"] for c in choices if "minimum" in c]
    highs = [c["maximum"] for c in choices if "maximum" in c]
    return min(lows, default=1), min(highs, default=sys.maxsize)


def _node(node: GraphNode) -> NodeView:
    return NodeView(
        id=node.id,
        kind=node.kind,
        level=node.level,
        stage=node.stage,
        merge=node.merge,
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
        return CellView(code=use.code, known=False, path=use.path, origin=dict(use.origin))
    return CellView(
        code=use.code,
        known=True,
        path=use.path,
        family=use.cell.family,
        values=_values(use.cell),
        origin=dict(use.origin),
        effective=dict(effective(use.cell, use.x)) if use.x is not None else {},
        inert=dict(use.cell.inert()),
        shape=_shape(use.out),
    )


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
    return None if x is None else (x.channels, *x.size)
