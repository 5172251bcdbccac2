"""The window plan of `archlab estimate --plan`, as a table on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from archlab.text import numbers
from archlab.text.sizes import extent
from archlab.text.tables import Table

if TYPE_CHECKING:
    from archlab.estimator import Estimate, PlanRow

HEADS = ("level", "blocks", "cell", "map", "window", "patch", "windows", "patches each", "attends to", "heads", "why")


def show_plan(costs: Estimate) -> None:
    """Print the plan; blocks that cut their maps alike share a line."""
    from archlab.cli.tables import say, show

    if not costs.plan:
        say(f"{costs.name}: no cell works on windows.")
        return
    alike: dict[PlanRow, list[str]] = {}
    for row in costs.plan:
        alike.setdefault(msgspec.structs.replace(row, node=""), []).append(row.node)
    rows, before = [], None
    for row, nodes in sorted(alike.items(), key=lambda item: item[0].level):
        rows.append((str(row.level) if row.level != before else "", " ".join(nodes), *_line(row)))
        before = row.level
    show(Table(heads=HEADS, rows=rows, words=(0, 1, 2, len(HEADS) - 1), caption=f"{costs.name}: windows"))
    say("Sizes in pixels, (D x) H x W. A token attends to so many tokens, itself included.")


def _line(row: PlanRow) -> tuple[str, ...]:
    return (
        f"{row.code} ({_places(row.cells)})",
        extent(row.size, row.size[0] > 1),
        extent(row.window, row.deep),
        extent(row.patch, row.deep) if row.patch else "",
        extent(row.windows, row.deep),
        extent(row.patches, row.deep) if row.patches else "",
        numbers.exact(row.tokens),
        numbers.exact(row.heads, ""),
        row.note,
    )


def _places(cells: tuple[int, ...]) -> str:
    """`1-3, 5` for the indices 0, 1, 2 and 4: places in the cell string, counted from 1."""
    runs: list[list[int]] = []
    for place in (index + 1 for index in cells):
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
