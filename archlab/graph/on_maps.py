"""What single cells and links make of the maps that they meet, and what they say of those that they do not admit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, Problem
from archlab.document.feature_map import FeatureMap
from archlab.graph.model import CellUse
from archlab.graph.remember import NODES, PARTS, remember
from archlab.parts.cell import Cell
from archlab.parts.link import Link


class CellOnMap(msgspec.Struct, frozen=True, gc=False):
    """The map that leaves a cell, and what the cell says against the one that entered."""

    out: FeatureMap
    problems: tuple[Problem, ...] = ()


@remember(PARTS)
def put_cell_on_map(cell: Cell, x: FeatureMap, width: int) -> CellOnMap:
    """One cell on one map; where it does not work, the map that it would have left."""
    fallback = x.with_channels(width)
    try:
        problems = tuple(cell.problems(x, width))
        if problems and any(p.severity == "error" for p in problems):
            return CellOnMap(fallback, problems)
        _costed(cell)
        _effective(cell, x)
        return CellOnMap(a_map(cell.out(x, width)), problems)
    except Exception as error:
        return CellOnMap(fallback, (raised(cell, error),))


def a_map(out: object) -> FeatureMap:
    """What a part's `out` returned, once it is seen to be a map.

    Raises TypeError where it is none, and ValueError for a map that cannot be.
    """
    if not isinstance(out, FeatureMap):
        raise TypeError(f"out() returned {out!r}, which is no FeatureMap.")
    if not _are_counts((out.channels, *out.size)):
        raise ValueError(f"out() returned a map of {out}: channels and sizes are whole numbers of at least 1.")
    return out


def _are_counts(numbers: tuple[Any, ...]) -> bool:
    """Whether these are whole numbers of at least 1; a loop, because every map of an estimate is looked at."""
    for n in numbers:  # noqa: SIM110
        if type(n) is not int or n < 1:
            return False
    return True


def costed(cell: Cell) -> Cell:
    """The cell as its cost depends on it; itself where it cannot say, which `put_cell_on_map` tells."""
    try:
        return _costed(cell)
    except Exception:
        return cell


def _costed(cell: Cell) -> Cell:
    found: object = cell.costed()
    if not isinstance(found, Cell):
        raise TypeError(f"costed() returned {found!r}, which is no cell.")
    return found


@remember(PARTS)
def put_link_on_map(
    part: Link, x: FeatureMap, arguments: tuple[Any, ...]
) -> tuple[FeatureMap | None, tuple[Problem, ...]]:
    """One link's own module on one map, None where it does not work."""
    try:
        problems = tuple(part.problems(x, *arguments))
        broken = problems and any(p.severity == "error" for p in problems)
        return None if broken else a_map(part.out(x, *arguments)), problems
    except Exception as error:
        return None, (raised(part, error),)


def effective(cell: Cell, x: FeatureMap) -> Mapping[str, Any]:
    """What a cell really uses on `x` where that differs from its fields; nothing where it cannot say.

    `put_cell_on_map` tells that.
    """
    try:
        return _effective(cell, x)
    except Exception:
        return {}


IN_PIXELS = ("window", "windows", "patch", "patches")  # what the window plan reads


@remember(PARTS)
def _effective(cell: Cell, x: FeatureMap) -> Mapping[str, Any]:
    used: object = cell.effective(x)
    if not isinstance(used, Mapping):
        raise TypeError(f"effective() returned {used!r}, which is no mapping.")
    for name in IN_PIXELS:
        sizes = used.get(name, (1, 1, 1))
        if not (isinstance(sizes, tuple) and len(sizes) == 3 and _are_counts(sizes)):
            raise TypeError(f"effective() says {name} = {sizes!r}: three whole numbers (D, H, W) of at least 1.")
    return used


def raised(part: object, error: Exception) -> Problem:
    """An exception in a part's own code, as something to tell."""
    name = type(part).__name__
    return Problem(
        code="AL190",
        message=f"{name} raised {type(error).__name__}: {error}",
        hint=f"This is a fault in {name}; it should report problems() instead.",
    )


class Passed(msgspec.Struct, frozen=True, gc=False):
    """Cells in sequence, each with its maps, and what they say of those; the diagnostics name no node yet."""

    cells: tuple[CellUse, ...]
    out: FeatureMap
    diagnostics: tuple[Diagnostic, ...] = ()

    def of(self, node: str) -> list[Diagnostic]:
        """The diagnostics where the cells stand in that block or link."""
        return [replace(diagnostic, node=node) for diagnostic in self.diagnostics]


@remember(NODES)
def pass_cells(uses: tuple[CellUse, ...], x: FeatureMap, width: int) -> Passed:
    """Cells in sequence on `x`; blocks that have the same cells on the same map share the answer.

    An unreadable cell still has an out: the width asked for, at the size that came in.
    """
    found: list[Diagnostic] = []
    cells: list[CellUse] = []
    here = x
    for use in uses:
        if use.cell is None:
            out = here.with_channels(width)
        else:
            reached = put_cell_on_map(use.cell, here, width)
            out = reached.out
            if reached.problems:
                tell_of_cell(reached.problems, use, found)
        cells.append(replace(use, x=here, out=out))
        here = out
    return Passed(tuple(cells), here if cells else x.with_channels(width), tuple(found))


def tell(problems: Iterable[Problem], path: str, node: str, found: list[Diagnostic]) -> None:
    for problem in problems:
        where = f"{path}.{problem.field}" if problem.field and not path.startswith("$.layout") else path
        found.append(problem.at(where, node))


def tell_of_cell(problems: Iterable[Problem], use: CellUse, found: list[Diagnostic]) -> None:
    """A field that the cell itself sets has a path; otherwise the cell is the place, in a string by its characters."""
    own = {field for field, origin in use.origin if origin == "cell"}
    planned = {field for field, origin in use.origin if origin == "plan"}
    for problem in problems:
        path = f"{use.path}.{problem.field}" if problem.field in own and not use.fixed else use.path
        hint = problem.hint
        if problem.field in planned and hint and "stretch" not in planned:  # windows that are fixed are fitted nowhere
            hint += " Set it in this block's options: those of the document are fitted anew to every level."
        told = replace(problem, message=f"{use.code}: {problem.message}", hint=hint)
        found.append(told.at(path, "", use.span))
