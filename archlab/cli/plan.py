"""The window plan on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from archlab.estimator import Estimate, PlanRow

HEADS = ("level", "blocks", "cell", "map", "window", "patch", "windows", "patches each", "attends to", "heads", "why")


def show_plan(costs: Estimate) -> None:
    """Print the plan; blocks that cut their maps alike share a line."""
    from archlab.cli.tables import console, table

    out = console()
    if not costs.plan:
        out.print(f"{costs.name}: no cell works on windows.", markup=False, highlight=False)
        return
    alike: dict[PlanRow, list[str]] = {}
    for row in costs.plan:
        alike.setdefault(msgspec.structs.replace(row, node=""), []).append(row.node)
    rows, before = [], None
    for row, nodes in sorted(alike.items(), key=lambda item: item[0].level):
        rows.append((str(row.level) if row.level != before else "", " ".join(nodes), *_line(row)))
        before = row.level
    out.print(table(f"{costs.name}: windows", HEADS, rows, words=3, notes=1))
    said = "Sizes in pixels, (D x) H x W. A token attends to so many tokens, itself included."
    out.print(said, markup=False, highlight=False)


def _line(row: PlanRow) -> tuple[str, ...]:
    from archlab.estimator.plan import times

    return (
        f"{row.code} ({_places(row.cells)})",
        times(row.size, row.size[0] > 1),
        times(row.window, row.deep),
        times(row.patch, row.deep) if row.patch else "",
        times(row.windows, row.deep),
        times(row.patches, row.deep) if row.patches else "",
        "?" if row.tokens is None else str(row.tokens),
        "" if row.heads is None else str(row.heads),
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
