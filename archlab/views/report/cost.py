"""The cost section: every node and link with all its numbers, and totals that are their sums."""

from __future__ import annotations

from archlab.estimator import Estimate, Row
from archlab.views import figures
from archlab.views.report.html import folded, note, table

HEAD = ("", "kind", "output", "parameters", "MACs", "FLOPs", "element-wise", "kept for backward")


def content(estimate: Estimate) -> str:
    """Nodes, then links that cost something, then the total."""
    busy = [r for r in estimate.links if r.params != 0 or r.macs != 0 or r.elementwise != 0]
    quiet = len(estimate.links) - len(busy)
    total = (
        "total, with links",
        "",
        "",
        figures.exact(estimate.params),
        figures.exact(estimate.macs),
        figures.exact(estimate.flops),
        figures.exact(estimate.elementwise),
        figures.size(estimate.activation_bytes),
    )
    lines = f"For a batch of {estimate.batch}."
    if quiet:
        lines += f" {quiet} {'link hands its' if quiet == 1 else 'links hand their'} tensor on and cost nothing."
    outputs = ", ".join(f"{o.name} {figures.shape(o.shape)}" for o in estimate.outputs)
    return (
        note(f"The network returns: {outputs}.")
        + note(lines)
        + table(HEAD, [_row(r) for r in estimate.nodes], words=(0, 1), total=total)
        + (folded(f"{len(busy)} links that cost something", table(HEAD, map(_row, busy), words=(0, 1))) if busy else "")
    )


def _row(row: Row) -> tuple[str, ...]:
    return (
        row.id,
        row.kind,
        figures.shape(row.shape),
        figures.exact(row.params),
        figures.exact(row.macs),
        figures.exact(row.flops),
        figures.exact(row.elementwise),
        figures.size(row.activation_bytes),
    )
