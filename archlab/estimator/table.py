"""An estimate as a table: text for a terminal, HTML for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archlab.estimator.result import Estimate, Row

_HEADINGS = ("", "kind", "output", "params", "MACs", "element-wise", "kept for backward")
_UNKNOWN = "?"


def amount(number: int | None) -> str:
    """A count with three significant digits: `1.23 M`."""
    if number is None:
        return _UNKNOWN
    for unit, size in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g} {unit}" if number < 1000 * size else f"{number / size:,.0f} {unit}"
    return str(number)


def size(number: int | None) -> str:
    """Bytes in binary units: `1.5 MiB`."""
    if number is None:
        return _UNKNOWN
    for unit, step in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= step:
            return f"{number / step:.3g} {unit}" if number < 1000 * step else f"{number / step:,.0f} {unit}"
    return f"{number} B"


def shape(of: Sequence[int] | None) -> str:
    """A shape with its batch axis: `1x32x56x56`."""
    return _UNKNOWN if of is None else "x".join(map(str, of))


def cells(estimate: Estimate) -> list[tuple[str, ...]]:
    """Every row of the table as text: nodes, links that do something, the total."""
    busy = [k for k in estimate.links if k.params or k.macs or k.elementwise or k.macs is None]
    rows = [_row(r) for r in (*estimate.nodes, *busy)]
    total = (amount(estimate.params), amount(estimate.macs), amount(estimate.elementwise))
    return [*rows, ("total", "", "", *total, size(estimate.activation_bytes))]


def as_text(estimate: Estimate) -> str:
    """The table in columns."""
    rows = [_HEADINGS, *cells(estimate)]
    wide = [max(len(r[i]) for r in rows) for i in range(len(_HEADINGS))]
    lines = [
        "  ".join(c.ljust(w) if i < 3 else c.rjust(w) for i, (c, w) in enumerate(zip(r, wide, strict=True))).rstrip()
        for r in rows
    ]
    rule = "-" * max(map(len, lines))
    found = [f"  {d.severity}: {d}" for d in estimate.diagnostics]
    return "\n".join([_title(estimate), rule, lines[0], rule, *lines[1:-1], rule, lines[-1], _footer(estimate), *found])


def as_html(estimate: Estimate) -> str:
    """The table as HTML; inherits the page's colours, so that it reads on dark and on light."""
    line = "1px solid color-mix(in srgb, currentColor 25%, transparent)"
    pad = "padding:2px 10px;text-align:{};background:none;white-space:nowrap"
    head = "".join(
        f'<th scope="col" style="{pad.format("left" if i < 3 else "right")};border-bottom:{line}">{escape(h)}</th>'
        for i, h in enumerate(_HEADINGS)
    )
    body = []
    rows = cells(estimate)
    for number, row in enumerate(rows):
        rule = f";border-top:{line};font-weight:600" if number == len(rows) - 1 else ""
        tds = "".join(
            f'<td style="{pad.format("left" if i < 3 else "right")}{rule}">{escape(c)}</td>' for i, c in enumerate(row)
        )
        body.append(f'<tr style="background:none">{tds}</tr>')
    found = "".join(f"<li>{escape(d.severity)}: {escape(str(d))}</li>" for d in estimate.diagnostics)
    return (
        f'<div><div style="font-weight:600">{escape(_title(estimate))}</div>'
        f'<table style="border-collapse:collapse;font-variant-numeric:tabular-nums;margin:6px 0">'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        f'<div style="opacity:.75;font-size:90%">{escape(_footer(estimate))}</div>'
        + (f"<ul>{found}</ul>" if found else "")
        + "</div>"
    )


def _row(row: Row) -> tuple[str, ...]:
    costs = (amount(row.params), amount(row.macs), amount(row.elementwise), size(row.activation_bytes))
    return (row.id, row.kind, shape(row.shape), *costs)


def _title(estimate: Estimate) -> str:
    entry = shape((estimate.batch, estimate.input["channels"], *estimate.input["size"]))
    flops = f"{amount(estimate.flops)} FLOPs" if estimate.flops is not None else "FLOPs not known"
    return f"{estimate.name}: input {entry}, {amount(estimate.params)} parameters, {flops}"


def _footer(estimate: Estimate) -> str:
    return f"FLOPs = 2 x MACs. Not counted: {'; '.join(estimate.not_counted)}."
