"""What an estimate holds, as data, as JSON and as a table."""

from __future__ import annotations

from typing import Any

import msgspec

from archlab.estimator.plan import PlanRow
from archlab.spec.diagnostics import Diagnostic

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
        from archlab.estimator.table import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from archlab.estimator.table import as_html

        return as_html(self)
