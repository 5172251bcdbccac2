"""Small pieces of HTML. Text goes through `text`, so that nothing a document says becomes markup."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

from archlab.views.shapes import printable


def text(value: object) -> str:
    """The value as escaped text."""
    return escape(printable(str(value)), quote=True)


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, words: Collection[int] = (0,), total: Sequence[str] = ()
) -> str:
    """Rows of plain text as a table; the columns `words` hold words, the rest numbers. `total` is the last row."""
    columns = "".join(f'<th scope="col"{_kind(i, words)}>{text(c)}</th>' for i, c in enumerate(head))
    body = "".join(f"<tr>{_cells(row, words)}</tr>" for row in rows)
    foot = f"<tfoot><tr>{_cells(total, words)}</tr></tfoot>" if total else ""
    return f'<div class="wide"><table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody>{foot}</table></div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, as large figures in a row."""
    items = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="facts">{items}</dl>'


def section(id: str, title: str, *parts: str) -> str:
    """A section with its heading; empty when all parts are."""
    content = "".join(parts)
    return f'<section id="{text(id)}"><h3>{text(title)}</h3>{content}</section>' if content else ""


def note(line: str) -> str:
    """A line in small print."""
    return f'<p class="note">{text(line)}</p>' if line else ""


def folded(title: str, content: str) -> str:
    """Content behind a line that opens it; open in print."""
    return f"<details><summary>{text(title)}</summary>{content}</details>"


def _cells(row: Sequence[str], words: Collection[int]) -> str:
    return "".join(f"<td{_kind(i, words)}>{text(c)}</td>" for i, c in enumerate(row))


def _kind(column: int, words: Collection[int]) -> str:
    return ' class="word"' if column in words else ""
