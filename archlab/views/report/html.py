"""Small pieces of the report's HTML."""

from __future__ import annotations

from collections.abc import Iterable

from archlab.text.markup import escaped
from archlab.text.tables import Table, html


def wide(table: Table) -> str:
    """A table that scrolls sideways where it is wider than the page."""
    return f'<div class="wide">{html(table)}</div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, as large figures in a row."""
    items = "".join(f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="facts">{items}</dl>'


def section(id: str, title: str, *parts: str) -> str:
    """A section with its heading; nothing at all when every part is empty."""
    content = "".join(parts)
    return f'<section id="{escaped(id)}"><h3>{escaped(title)}</h3>{content}</section>' if content else ""


def note(line: str) -> str:
    """A line in small print."""
    return f'<p class="note">{escaped(line)}</p>' if line else ""
