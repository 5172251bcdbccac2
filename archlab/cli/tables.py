"""Tables on a terminal. Imports rich, so import it inside a command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
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
    words_at_end: int = 0,
    last: Sequence[str] = (),
) -> Table:
    """Rows of plain text; the first `words` and the last `words_at_end` columns are words, the rest numbers."""
    made = Table(
        title=Text(plain_text(title), style="bold"), title_justify="left", show_header=any(heads), box=box.SIMPLE
    )
    for i, head in enumerate(heads):
        is_word = i < words or i >= len(heads) - words_at_end
        wraps = i >= len(heads) - words_at_end
        made.add_column(head, justify="left" if is_word else "right", no_wrap=not wraps, overflow="fold")
    for row in rows:
        made.add_row(*(Text(plain_text(cell)) for cell in row))
    if last:
        made.add_section()
        made.add_row(*(Text(plain_text(cell), style="bold") for cell in last))
    return made
