"""What single cells and links make of the maps that they meet, and what they say of those that they do not admit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, Problem
from archlab.document.feature_map import FeatureMap
from archlab.graph.model import CellUse
from archlab.graph.remember import PARTS, remember
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
        broken = any(p.severity == "error" for p in problems)
        return CellOnMap(fallback if broken else cell.out(x, width), problems)
    except Exception as error:
        return CellOnMap(fallback, (raised(cell, error),))


@remember(PARTS)
def put_link_on_map(
    part: Link, x: FeatureMap, channels: int, steps: int
) -> tuple[FeatureMap | None, tuple[Problem, ...]]:
    """One link's own module on one map, None where it does not work."""
    try:
        problems = tuple(part.problems(x, channels, steps))
        broken = any(p.severity == "error" for p in problems)
        return None if broken else part.out(x, channels, steps), problems
    except Exception as error:
        return None, (raised(part, error),)


@remember(PARTS)
def effective(cell: Cell, x: FeatureMap) -> Mapping[str, Any]:
    """What a cell really uses on `x` where that differs from its fields."""
    try:
        return cell.effective(x)
    except Exception:  # told by put_cell_on_map
        return {}


def raised(part: object, error: Exception) -> Problem:
    """An exception in a part's own code, as something to tell."""
    name = type(part).__name__
    return Problem(
        code="AL190",
        message=f"{name} raised {type(error).__name__}: {error}",
        hint=f"This is a fault in {name}; it should report problems() instead.",
    )


def pass_cells(
    uses: Iterable[CellUse], x: FeatureMap, width: int, id: str, found: list[Diagnostic]
) -> tuple[CellUse, ...]:
    """Cells in sequence on `x`, each with its maps; `id` is the block or link that they belong to."""
    cells: list[CellUse] = []
    for use in uses:
        if use.cell is None:
            out = x.with_channels(width)
        else:
            reached = put_cell_on_map(use.cell, x, width)
            out = reached.out
            if reached.problems:
                tell_of_cell(reached.problems, use, id, found)
        cells.append(replace(use, x=x, out=out))
        x = out
    return tuple(cells)


def leaving(cells: tuple[CellUse, ...], x: FeatureMap, width: int) -> FeatureMap:
    """What leaves the cells; an unreadable string still has an out: the width asked for, at the size that came in."""
    return (cells[-1].out if cells else None) or x.with_channels(width)


def tell(problems: Iterable[Problem], path: str, node: str, found: list[Diagnostic]) -> None:
    for problem in problems:
        where = f"{path}.{problem.field}" if problem.field and not path.startswith("$.layout") else path
        found.append(problem.at(where, node))


def tell_of_cell(problems: Iterable[Problem], use: CellUse, node: str, found: list[Diagnostic]) -> None:
    """A field that the cell itself sets has a path; otherwise the cell is the place, in a string by its characters."""
    own = {field for field, origin in use.origin if origin == "cell"}
    planned = {field for field, origin in use.origin if origin == "plan"}
    for problem in problems:
        path = f"{use.path}.{problem.field}" if problem.field in own and not use.fixed else use.path
        hint = problem.hint
        if problem.field in planned and hint and "stretch" not in planned:  # windows that are fixed are fitted nowhere
            hint += " Set it in this block's options: those of the document are fitted anew to every level."
        told = replace(problem, message=f"{use.code}: {problem.message}", hint=hint)
        found.append(told.at(path, node, use.span))
