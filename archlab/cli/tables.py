"""Tables on a terminal. Imports rich, so import it inside a command."""

from __future__ import annotations

from collections.abc import Sequence

import rich.table
from rich.console import Console
from rich.text import Text

from archlab.cli.output import plain_text
from archlab.text.tables import Table


def show(table: Table) -> None:
    """Print a table to standard output."""
    _console().print(_drawn(table))


def say(*lines: str) -> None:
    """Print plain text to standard output, wrapped at words where the terminal is narrow."""
    for line in lines:
        _console().print(_text(line), highlight=False)


def facts(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    """Names with their values, both words: a table without headings."""
    return Table(heads=("", ""), rows=rows, words=(0, 1), caption=title)


def _console() -> Console:
    """Standard output; in a pipe the width is that of a wide terminal, so that rows stay rows."""
    found = Console()
    return found if found.is_terminal else Console(width=200)


def _drawn(table: Table) -> rich.table.Table:
    """The table as rich draws it: on a narrow terminal words wrap, numbers are never cut."""
    made = rich.table.Table(
        title=_text(table.caption, "bold") if table.caption else None,
        title_justify="left",
        show_header=any(table.heads),
        header_style="dim",
        box=None,
        padding=(0, 2, 0, 0),
    )
    for i, head in enumerate(table.heads):
        words = i in table.words
        made.add_column(head, justify="left" if words else "right", no_wrap=not words, overflow="fold")
    for row in table.rows:
        made.add_row(*(_text(cell) for cell in row))
    if table.total:
        made.add_row(*(_text(cell, "bold") for cell in table.total))
    return made


def _text(text: str, style: str = "") -> Text:
    return Text("\n".join(plain_text(line) for line in text.splitlines()), style=style)
