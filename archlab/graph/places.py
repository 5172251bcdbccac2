"""Which place each cell takes among its like along the longest way through the net.

Some cells depend on how deep they stand: a drop-path rate that grows with depth, RWKV's initial values. Those that
override `Cell.placed` are counted, per series of blocks, along the longest way from the input; fixed cells and cells in
links are not counted. HRViT-b1 has 22 such places, though it holds more cells: its branches run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from archlab.graph.model import CellUse, GraphLink, GraphNode
from archlab.graph.remember import NODES, PARTS, remember
from archlab.parts.cell import Cell


def placed(nodes: list[GraphNode], links: Sequence[tuple[GraphLink, ...]]) -> list[GraphNode]:
    """The nodes, each cell told its place; `links` are those into each node."""
    if not any(_cares(node.cells) for node in nodes):
        return nodes
    ends: dict[str, dict[str, int]] = {}  # node -> series -> cells counted up to its end
    starts: dict[str, int] = {}
    for node, into in zip(nodes, links, strict=True):
        here: dict[str, int] = {}
        for source in (ends[link.source] for link in into if not link.off):
            for series, count in source.items():
                here[series] = max(here.get(series, 0), count)
        starts[node.id] = here.get(node.series, 0)
        here[node.series] = starts[node.id] + _counted(node.cells)
        ends[node.id] = here
    counts: dict[str, int] = {}
    for end in ends.values():
        for series, count in end.items():
            counts[series] = max(counts.get(series, 0), count)
    return [_told(node, starts[node.id], counts[node.series]) if _cares(node.cells) else node for node in nodes]


def _overrides(use: CellUse) -> bool:
    return use.cell is not None and not use.fixed and type(use.cell).placed is not Cell.placed


@remember(NODES)
def _counted(cells: tuple[CellUse, ...]) -> int:
    return sum(map(_overrides, cells))


@remember(NODES)
def _cares(cells: tuple[CellUse, ...]) -> bool:
    """Whether a cell of a node becomes another one by its place: of two places, the first or the last changes it."""
    return any(
        _overrides(use) and any(_at(use.cell, index, 2) != use.cell for index in (0, 1))  # type: ignore[arg-type]
        for use in cells
    )


@remember(NODES)
def _told(node: GraphNode, start: int, count: int) -> GraphNode:
    cells = []
    for use in node.cells:
        if _overrides(use):
            told = _at(use.cell, start, count)  # type: ignore[arg-type]
            use = use if told == use.cell else replace(use, cell=told, asked=use.cell)
            start += 1
        cells.append(use)
    return replace(node, cells=tuple(cells))


@remember(PARTS)
def _at(cell: Cell, index: int, count: int) -> Cell:
    try:
        return cell.placed(index, count)
    except Exception:  # told by propagate, which meets the same cell
        return cell
