"""The cost section: every node and link with all its numbers, and totals that are their sums."""

from __future__ import annotations

from archlab.estimator import Estimate, Row
from archlab.estimator.result import costly_links
from archlab.text import numbers, sizes
from archlab.text.tables import Table, folded
from archlab.views.report.html import note, wide

HEADS = ("", "kind", "output", "parameters", "MACs", "FLOPs", "element-wise", "kept for backward")


def content(estimate: Estimate) -> str:
    """Nodes and the total, then the links that cost something."""
    costly = costly_links(estimate)
    quiet = len(estimate.links) - len(costly)
    lines = f"For a batch of {estimate.batch}."
    if quiet:
        lines += f" {quiet} {'link hands its' if quiet == 1 else 'links hand their'} tensor on and cost nothing."
    outputs = ", ".join(f"{o.name} {sizes.shape(o.shape)}" for o in estimate.outputs)
    total = ("total, with links", "", "", *_costs(estimate))
    return (
        note(f"The network returns: {outputs}.")
        + note(lines)
        + wide(Table(heads=HEADS, rows=[_row(r) for r in estimate.nodes], words=(0, 1), total=total))
        + (folded(f"{len(costly)} links that cost something", wide(_links(costly))) if costly else "")
    )


def _links(rows: list[Row]) -> Table:
    return Table(heads=HEADS, rows=[_row(row) for row in rows], words=(0, 1))


def _row(row: Row) -> tuple[str, ...]:
    return (row.id, row.kind, sizes.shape(row.shape), *_costs(row))


def _costs(of: Row | Estimate) -> tuple[str, ...]:
    exact = (numbers.exact(n) for n in (of.params, of.macs, of.flops, of.elementwise))
    return (*exact, numbers.data_size(of.activation_bytes))
