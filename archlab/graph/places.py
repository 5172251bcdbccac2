"""Which place each cell takes among its like along the longest way through the net.

Some cells depend on how deep they stand: a drop-path rate that grows with depth, RWKV's initial values. Those that
override `Cell.placed` are counted, per series of blocks, along the longest way from the input; fixed cells and cells in
links are not counted. HRViT-b1 has 22 such places, though it holds more cells: its branches run side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, Problem
from archlab.graph.model import CellUse, GraphLink, GraphNode
from archlab.graph.on_maps import raised
from archlab.graph.remember import NODES, PARTS, remember
from archlab.parts.cell import Cell


def placed(nodes: list[GraphNode], links: Sequence[tuple[GraphLink, ...]], found: list[Diagnostic]) -> list[GraphNode]:
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
    done = []
    for node in nodes:
        if _cares(node.cells):
            node, faults = _told(node, starts[node.id], counts[node.series])
            found += faults
        done.append(node)
    return done


def _overrides(use: CellUse) -> bool:
    return use.cell is not None and not use.fixed and type(use.cell).placed is not Cell.placed


@remember(NODES)
def _counted(cells: tuple[CellUse, ...]) -> int:
    return sum(map(_overrides, cells))


@remember(NODES)
def _cares(cells: tuple[CellUse, ...]) -> bool:
    """Whether a cell of a node becomes another one by its place: of three places, one of them changes it."""
    return any(
        use.cell is not None and _overrides(use) and any(_at(use.cell, index, 3) != use.cell for index in range(3))
        for use in cells
    )


@remember(NODES)
def _told(node: GraphNode, start: int, count: int) -> tuple[GraphNode, tuple[Diagnostic, ...]]:
    cells, faults = [], []
    for use in node.cells:
        if use.cell is not None and _overrides(use):
            told = _at(use.cell, start, count)
            if isinstance(told, Problem):
                faults.append(told.at(use.path, node.id, use.span))
            elif told != use.cell:
                use = replace(use, cell=told, asked=use.cell)
            start += 1
        cells.append(use)
    return replace(node, cells=tuple(cells)), tuple(faults)


@remember(PARTS)
def _at(cell: Cell, index: int, count: int) -> Cell | Problem:
    """The cell at that place, or its fault in saying so."""
    try:
        return cell.placed(index, count)
    except Exception as error:
        return raised(cell, error)
