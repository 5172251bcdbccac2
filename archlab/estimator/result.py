"""What an estimate holds, as data, as JSON and as a table."""

from __future__ import annotations

from typing import Any

import msgspec

from archlab.document.diagnostics import Diagnostic
from archlab.estimator.plan import PlanRow
from archlab.text import numbers, sizes, tables
from archlab.text.markup import escaped

# Arithmetic that neither MACs nor element-wise operations hold, and what is no arithmetic at all.
CONVENTIONS = (
    "bias additions of convolutions and linear layers",
    "copies, padding, nearest resampling and rearrangement of windows",
    "random numbers of dropout and stochastic depth",
    "the backward pass and the optimizer",
)


class Output(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One tensor that the network returns; `shape` has the batch axis and is None where it is not known."""

    name: str
    shape: tuple[int, ...] | None


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Cost of one node or link, for the whole batch; None = not known.

    Attributes:
        kind: input, stem, block, fusion or head; of a link the kind that the document names.
        level, stage: place in the lattice, of a link that of its target.
        flops: 2 x MACs.
        elementwise: operations of norms, activations, sums, softmax and resampling.
        output_bytes: size of what leaves, float32.
        activation_bytes: kept for the backward pass, float32, training mode; every tensor belongs to the node or
            link that made it.
    """

    id: str
    kind: str
    level: int
    stage: int
    params: int | None
    macs: int | None
    flops: int | None
    elementwise: int | None
    output_bytes: int | None
    activation_bytes: int | None
    shape: tuple[int, ...] | None


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a document costs, computed without building it; every total is the sum over nodes and links.

    A total is None where a part of it is not known; `diagnostics` says why.

    Attributes:
        input: `{"channels", "size"}` as in the document.
        batch: samples; everything but `params` is for the whole batch.
        plan: how cells cut their maps into windows.
        not_counted: what is in no column.
    """

    name: str
    input: dict[str, Any]
    batch: int
    params: int | None
    macs: int | None
    flops: int | None
    elementwise: int | None
    activation_bytes: int | None
    outputs: tuple[Output, ...]
    nodes: tuple[Row, ...]
    links: tuple[Row, ...]
    plan: tuple[PlanRow, ...]
    diagnostics: tuple[Diagnostic, ...]
    not_counted: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; `archlab estimate --json` prints it."""
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return plain

    def row(self, id: str) -> Row:
        """The row of a node or link; KeyError when there is none of that id."""
        for row in (*self.nodes, *self.links):
            if row.id == id:
                return row
        raise KeyError(id)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


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
