"""Tables of plain text, as HTML or as columns of characters. A terminal's own tables are written by `archlab.cli`."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from archlab.text.markup import escaped


@dataclasses.dataclass(frozen=True, kw_only=True)
class Table:
    """What a table says; the writers below decide how it looks.

    Attributes:
        heads: one heading a column; all empty for a table without a heading row.
        rows: the cells, one text a column.
        words: indices of the columns that hold words, set to the left; the others hold numbers, set to the right.
        caption: a title, empty for none.
        total: a last row that sums up the others, empty for none.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Collection[int] = (0,)
    caption: str = ""
    total: Sequence[str] = ()


# For fragments in a notebook, which has no style sheet of ours. Colours are the page's, for light and dark. The class
# differs from the editor's, `archlab`, which may stand in the same notebook.
_STYLE = (
    "<style>"
    ".archlab-output table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:6px 0}"
    ".archlab-output th,.archlab-output td{padding:2px 10px;text-align:right;vertical-align:top}"
    ".archlab-output td{white-space:nowrap}"
    ".archlab-output .word{text-align:left;white-space:normal}"
    ".archlab-output caption{text-align:left;font-weight:600}"
    ".archlab-output thead th{border-bottom:1px solid currentColor}"
    ".archlab-output tfoot td{border-top:1px solid currentColor;font-weight:600}"
    ".archlab-output .note{opacity:.75;font-size:90%}"
    "</style>"
)


def html(table: Table) -> str:
    """The table as an HTML element; cells of words have the class `word`."""

    def row(cells: Sequence[str], tag: str = "td") -> str:
        scope = ' scope="col"' if tag == "th" else ""
        kinds = (' class="word"' if i in table.words else "" for i in range(len(table.heads)))
        return "".join(f"<{tag}{scope}{k}>{escaped(c)}</{tag}>" for k, c in zip(kinds, cells, strict=True))

    caption = f"<caption>{escaped(table.caption)}</caption>" if table.caption else ""
    head = f"<thead><tr>{row(table.heads, 'th')}</tr></thead>" if any(table.heads) else ""
    body = "".join(f"<tr>{row(cells)}</tr>" for cells in table.rows)
    foot = f"<tfoot><tr>{row(table.total)}</tr></tfoot>" if table.total else ""
    return f"<table>{caption}{head}<tbody>{body}</tbody>{foot}</table>"


def columns(table: Table) -> str:
    """The table as lines of characters: heading and total between rules."""
    everything = [table.heads, *table.rows, *([table.total] if table.total else [])]
    widths = [max(len(cell) for cell in column) for column in zip(*everything, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = (
            c.ljust(w) if i in table.words else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(padded).rstrip()

    rule = "-" * max(len(line(cells)) for cells in everything)
    lines = [rule, line(table.heads), rule] if any(table.heads) else []
    lines += [line(cells) for cells in table.rows]
    if table.total:
        lines += [rule, line(table.total)]
    return "\n".join([table.caption, *lines] if table.caption else lines)


def folded(title: str, content: str) -> str:
    """HTML behind a line that opens it."""
    return f"<details><summary>{escaped(title)}</summary>{content}</details>"


def notebook(*parts: str) -> str:
    """HTML parts as one fragment for a notebook's output, with the look of its tables."""
    return f'<div class="archlab-output">{_STYLE}{"".join(parts)}</div>'
