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
from archlab.graph.remember import DOCUMENTS, NODES, PARTS, remember
from archlab.parts.cell import Cell


def placed(nodes: list[GraphNode], links: Sequence[tuple[GraphLink, ...]], found: list[Diagnostic]) -> list[GraphNode]:
    """The nodes, each cell told its place; `links` are those into each node."""
    counted = tuple([(node.id, node.series, _counted(node.cells)) for node in nodes])
    done = []
    sources = tuple([tuple([link.source for link in into if not link.off]) for into in links])
    for node, (start, count) in zip(nodes, _places(counted, sources), strict=True):
        if count:
            cells, faults = _told(node.cells, start, count)
            found += [replace(fault, node=node.id) for fault in faults]
            node = node if cells is None else replace(node, cells=cells)
        done.append(node)
    return done


@remember(DOCUMENTS)
def _places(
    counted: tuple[tuple[str, str, int], ...], sources: tuple[tuple[str, ...], ...]
) -> tuple[tuple[int, int], ...]:
    """For each node the place of its first cell that is counted, and how many places its series has; 0 without such.

    `counted` holds the id, the series and the number of such cells of each node, `sources` the nodes that it reads.
    """
    ends: dict[str, dict[str, int]] = {}  # node -> series -> cells counted up to its end
    starts = []
    for (id, series, own), read in zip(counted, sources, strict=True):
        here: dict[str, int] = {}
        for source in read:
            for name, end in ends[source].items():
                here[name] = max(here.get(name, 0), end)
        starts.append(here.get(series, 0))
        here[series] = starts[-1] + own
        ends[id] = here
    longest: dict[str, int] = {}
    for ended in ends.values():
        for name, end in ended.items():
            longest[name] = max(longest.get(name, 0), end)
    places = zip(starts, counted, strict=True)
    return tuple((start, longest[series] if own else 0) for start, (_, series, own) in places)


def _overrides(use: CellUse) -> bool:
    return use.cell is not None and not use.fixed and type(use.cell).placed is not Cell.placed


@remember(NODES)
def _counted(cells: tuple[CellUse, ...]) -> int:
    return sum(map(_overrides, cells))


@remember(NODES)
def _told(
    cells: tuple[CellUse, ...], start: int, count: int
) -> tuple[tuple[CellUse, ...] | None, tuple[Diagnostic, ...]]:
    """The cells of a node that begins at place `start` of `count`; None where their places change nothing."""
    done, faults = [], []
    for use in cells:
        if use.cell is not None and _overrides(use):
            told = _at(use.cell, start, count)
            if isinstance(told, Problem):
                faults.append(told.at(use.path, "", use.span))
            elif told != use.cell:
                use = replace(use, cell=told, asked=use.cell)
            start += 1
        done.append(use)
    changed = any(now is not before for now, before in zip(done, cells, strict=True))
    return tuple(done) if changed else None, tuple(faults)


@remember(PARTS)
def _at(cell: Cell, index: int, count: int) -> Cell | Problem:
    """The cell at that place, or its fault in saying so."""
    try:
        told: object = cell.placed(index, count)
        if not isinstance(told, Cell):
            raise TypeError(f"placed() returned {told!r}, which is no cell.")
        return told
    except Exception as error:
        return raised(cell, error)
