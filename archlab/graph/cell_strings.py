"""Which entry of a document's `cells` a block takes: one string for all, a list, or a list of lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archlab.document.diagnostics import Diagnostic
from archlab.document.entries import CellStrings
from archlab.parts.wiring import DraftNode
from archlab.text.sentences import plural


def cells_for(cells: CellStrings, draft: DraftNode) -> tuple[str | None, str]:
    """The document's cell string for a block, None for a block without one, and where it is written.

    A layout asks for an entry by its place, or by column and level. A short list repeats its last, at both depths; a
    string serves all that it stands for.
    """
    if draft.cells is None:
        return None, "$.cells"
    if isinstance(cells, str):
        return cells, "$.cells"
    if not cells:
        return "", "$.cells"
    column, level = draft.cells if isinstance(draft.cells, tuple) else (draft.cells, 0)
    index = min(column, len(cells) - 1)
    entry, path = cells[index], f"$.cells[{index}]"
    if isinstance(entry, str):
        return entry, path
    inner = min(level, len(entry) - 1)
    return (entry[inner], f"{path}[{inner}]") if entry else ("", path)


def written(cells: CellStrings, path: str = "$.cells") -> Iterator[tuple[str, str]]:
    """Every string of a document's `cells`, with the place where it is written."""
    if isinstance(cells, str):
        yield cells, path
        return
    for index, entry in enumerate(cells):
        yield from written(entry, f"{path}[{index}]")


def check_depth(cells: CellStrings, nodes: Iterable[DraftNode], found: list[Diagnostic]) -> None:
    """Tell of lists that are deeper than the layout reads them, and of entries that no block takes."""
    if isinstance(cells, str):
        return
    keys = [node.cells for node in nodes if node.cells is not None]
    flat = [key for key in keys if isinstance(key, int)]
    used: dict[int, int] = dict.fromkeys(flat, 0)
    for key in keys:
        if isinstance(key, tuple):
            used[key[0]] = max(used.get(key[0], 0), key[1])
    nested = [index for index, entry in enumerate(cells) if not isinstance(entry, str)]
    if flat and nested:
        message = f"Entry {nested[0]} is a list, but this layout takes one cell string an entry."
        hint = "Write a string there; lists of lists are for layouts with a string per column and level."
        found.append(Diagnostic(code="AL036", path=f"$.cells[{nested[0]}]", message=message, hint=hint))
        return
    columns = 1 + max(used, default=0)
    tell_surplus("$.cells", "cell string", len(cells), columns, found)
    for index in nested:
        tell_surplus(f"$.cells[{index}]", "cell string", len(cells[index]), 1 + used.get(index, 0), found)


def tell_surplus(path: str, what: str, given: int, used: int, found: list[Diagnostic]) -> None:
    """Tell of a list that is longer than the layout has use for; `what` is one of its entries in words."""
    if given > used:
        message = f"{plural(given, what)} are given; this layout uses {used}."
        hint = f"Leave out the last {given - used}."
        found.append(Diagnostic(code="AL031", severity="warning", path=path, message=message, hint=hint))
