"""Tables on a terminal. Imports rich, so import it inside a command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from archlab.cli.output import plain_text


def console() -> Console:
    """Standard output; in a pipe the width is that of a wide terminal, so that rows stay rows."""
    found = Console()
    return found if found.is_terminal else Console(width=200)


def table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: int = 1,
    last: Sequence[str] = (),
    notes: int = 0,
) -> Table:
    """Rows of plain text; the first `words` columns and the last `notes` ones are words, the rest numbers.

    On a narrow terminal words wrap; numbers are never cut.
    """
    made = Table(
        title=Text(_lines(title), style="bold"),
        title_justify="left",
        show_header=any(heads),
        header_style="dim",
        box=None,
        padding=(0, 2, 0, 0),
    )
    for i, head in enumerate(heads):
        numbers = words <= i < len(heads) - notes
        justify: Literal["left", "right"] = "right" if numbers else "left"
        made.add_column(head, justify=justify, no_wrap=numbers, overflow="fold")
    for row in rows:
        made.add_row(*(Text(_lines(cell)) for cell in row))
    if last:
        made.add_row(*(Text(_lines(cell), style="bold") for cell in last))
    return made


def _lines(text: str) -> str:
    return "\n".join(plain_text(line) for line in text.splitlines())
