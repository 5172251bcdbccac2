"""An estimate as a table: text for a terminal, HTML for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab.text import numbers, sizes, tables
from archlab.text.markup import escaped

if TYPE_CHECKING:
    from archlab.estimator.result import Estimate, Row

HEADS = ("", "kind", "output", "params", "MACs", "element-wise", "kept for backward")


def table(estimate: Estimate, caption: str = "") -> tables.Table:
    """A row for every node and for every link that costs something, and the total."""
    total = (numbers.count(estimate.params), numbers.count(estimate.macs), numbers.count(estimate.elementwise))
    return tables.Table(
        heads=HEADS,
        rows=[_row(row) for row in (*estimate.nodes, *costly_links(estimate))],
        words=(0, 1, 2),
        caption=caption,
        total=("total", "", "", *total, numbers.data_size(estimate.activation_bytes)),
    )


def costly_links(estimate: Estimate) -> list[Row]:
    """Links that cost something, or whose cost is not known; the others hand their tensor on."""
    return [row for row in estimate.links if row.params != 0 or row.macs != 0 or row.elementwise != 0]


def as_text(estimate: Estimate) -> str:
    """Title, table, what is not counted, and what the check found, as lines of characters."""
    found = [f"  {d.severity}: {d}" for d in estimate.diagnostics]
    return "\n".join([_title(estimate), tables.columns(table(estimate)), _footer(estimate), *found])


def as_html(estimate: Estimate) -> str:
    """The same as HTML; inherits the page's colours, so that it reads on dark and on light."""
    found = "".join(f"<li>{escaped(f'{d.severity}: {d}')}</li>" for d in estimate.diagnostics)
    return tables.notebook(
        f"<h4>{escaped(_title(estimate))}</h4>",
        tables.html(table(estimate)),
        f'<div class="note">{escaped(_footer(estimate))}</div>',
        f"<ul>{found}</ul>" if found else "",
    )


def _row(row: Row) -> tuple[str, ...]:
    costs = (numbers.count(row.params), numbers.count(row.macs), numbers.count(row.elementwise))
    return (row.id, row.kind, sizes.shape(row.shape), *costs, numbers.data_size(row.activation_bytes))


def _title(estimate: Estimate) -> str:
    entry = sizes.shape((estimate.batch, estimate.input["channels"], *estimate.input["size"]))
    params, flops = (
        f"{what} {numbers.NOT_KNOWN}" if n is None else f"{numbers.count(n)} {what}"
        for n, what in ((estimate.params, "parameters"), (estimate.flops, "FLOPs"))
    )
    return f"{estimate.name}: input {entry}, {params}, {flops}"


def _footer(estimate: Estimate) -> str:
    return f"FLOPs = 2 x MACs. Not counted: {'; '.join(estimate.not_counted)}."
