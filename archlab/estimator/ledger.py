"""Which tensors between parts are kept for the backward pass, each counted once.

A tensor on an edge is kept when the part that made it or any part that reads it keeps it; its bytes belong to
the row that made it. A link that hands its input on, and a node with one input, make no tensor.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from archlab.costing.cost import Cost
from archlab.costing.recorder import FLOAT
from archlab.document.feature_map import FeatureMap


class Held(msgspec.Struct, eq=False, gc=False):
    """A tensor between parts.

    Attributes:
        size: its bytes; 0 where another node's rows hold them.
        strides: how it lies in memory, None = in order of its shape.
        owner: the row that made it, None = made by another node.
        saved: a part keeps it for the backward pass.
        unsure: it was touched by a part that does not tell what it keeps.
    """

    size: int
    strides: tuple[int, ...] | None
    owner: int | None
    saved: bool = False
    unsure: bool = False


class Ledger:
    """The tensors of some parts that follow each other, and the bytes that each row of them keeps."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.tensors: list[Held] = []
        # What parts keep inside, by row. One part that does not tell leaves its row unknown (None) for good: whatever
        # else is added there, the sum would only look like an answer.
        self.inner: dict[int, int | None] = {}

    def tensor(self, map: FeatureMap | None, owner: int = 0, strides: tuple[int, ...] | None = None) -> Held:
        """A new tensor, made by row `owner`."""
        size = 0 if map is None else FLOAT * self.batch * map.elements
        made = Held(size, strides, owner, unsure=map is None)
        self.tensors.append(made)
        return made

    def outside(self, strides: tuple[int, ...] | None) -> Held:
        """A tensor that another node made: its bytes stand in that node's rows, so it is no tensor of this ledger."""
        return Held(0, strides, None)

    def merged(self, cost: Cost | None, tensors: Sequence[Held], out: FeatureMap, owner: int = 0) -> Held:
        """Make one map of several tensors; returns the tensor that leaves."""
        y = self.tensor(out, owner, cost.strides if cost is not None else None)
        if cost is None or cost.saved_bytes is None:
            self._untold(owner, (*tensors, y))
            return y
        self._inside(owner, cost, cost.saved_bytes)
        if cost.saves_input:
            for tensor in tensors:
                tensor.saved = True
        y.saved = cost.saves_output
        return y

    def through(
        self, cost: Cost | None, x: Held, out: FeatureMap | None, owner: int = 0, query: Held | None = None
    ) -> Held:
        """Enter a part that reads `x` and makes a map `out`; returns the tensor that leaves."""
        if cost is not None and cost.aliases_input:
            y = x
        else:
            y = self.tensor(out, owner, cost.strides if cost is not None else None)
        if cost is None or cost.saved_bytes is None:
            self._untold(owner, (x, y) if query is None else (x, y, query))
            return y
        self._inside(owner, cost, cost.saved_bytes)
        if cost.saves_input:
            x.saved = True
        if cost.saves_output:
            y.saved = True
        if cost.saves_query and query is not None:
            query.saved = True
        return y

    def _untold(self, owner: int, touched: Sequence[Held]) -> None:
        """A part that does not tell what it keeps makes its row unknown, and the tensors that it touches unsure."""
        self.inner[owner] = None
        for tensor in touched:
            tensor.unsure = True

    def _inside(self, owner: int, cost: Cost, bytes: int) -> None:
        """Add what a part keeps inside, told for the batch of its cost, to its row."""
        before = self.inner.get(owner, 0)
        if before is not None:
            self.inner[owner] = before + bytes * self.batch // cost.batch

    def rows(self, count: int, apart_from: Held | None = None) -> list[int | None]:
        """Bytes of every row, without those of one tensor; None where they are not known."""
        totals: list[int | None] = [self.inner.get(i, 0) for i in range(count)]
        for tensor in self.tensors:
            if tensor.owner is not None and tensor is not apart_from:
                totals[tensor.owner] = kept(totals[tensor.owner], tensor.size, tensor.saved, tensor.unsure)
        return totals

    def total(self, apart_from: Collection[Held] = ()) -> int | None:
        """Bytes of everything but some tensors; None where they are not known."""
        if None in self.inner.values():
            return None
        kept = sum(tensor.size for tensor in self.tensors if tensor.saved and tensor not in apart_from)
        return kept + sum(b for b in self.inner.values() if b is not None)


def kept(total: int | None, size: int, saved: bool, unsure: bool) -> int | None:
    """Bytes of a row together with one of its tensors; None where they are not known."""
    if unsure and not saved:
        return None
    return total if total is None or not saved else total + size
