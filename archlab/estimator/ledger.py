"""Which tensors between parts are kept for the backward pass, each counted once.

A tensor on an edge is kept when the part that made it or any part that reads it keeps it; its bytes belong to
the row that made it. A link that hands its input on, and a node with one input, make no tensor.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from archlab.costing import strides as st
from archlab.costing.cost import Cost
from archlab.costing.recorder import FLOAT
from archlab.document.feature_map import FeatureMap


class Ledger:
    """Tensors by number, in order of appearance."""

    def __init__(self, batch: int) -> None:
        self.batch = batch
        self.sizes: list[int] = []
        self.strides: list[tuple[int, ...] | None] = []  # None = in order of the shape
        self.owners: list[int | None] = []  # None = made by another node
        self.saved: list[bool] = []
        self.unsure: list[bool] = []  # touched by a part that does not tell what it keeps
        self.inner: dict[int, int | None] = {}  # bytes inside the parts of a row

    def tensor(self, map: FeatureMap | None, owner: int = 0, strides: tuple[int, ...] | None = None) -> int:
        """A new tensor, made by row `owner`."""
        self.strides.append(strides)
        self.sizes.append(FLOAT * self.batch * map.elements if map is not None else 0)
        self.owners.append(owner)
        self.saved.append(False)
        self.unsure.append(map is None)
        return len(self.sizes) - 1

    def outside(self, strides: tuple[int, ...] | None) -> int:
        """A tensor that another node made: its bytes stand in that node's rows."""
        self.strides.append(strides)
        self.sizes.append(0)
        self.owners.append(None)
        self.saved.append(False)
        self.unsure.append(False)
        return len(self.sizes) - 1

    def sum(self, map: FeatureMap, tensors: Sequence[int], owner: int = 0) -> int:
        """The sum of tensors of one shape, from left to right; of one tensor, that tensor."""
        if len(tensors) == 1:
            return tensors[0]
        strides = self.strides[tensors[0]]
        shape = map.shape(self.batch)
        for tensor in tensors[1:]:
            if strides != self.strides[tensor]:
                both = (strides, self.strides[tensor])
                strides = st.elementwise(shape, [(shape, t or st.contiguous(shape)) for t in both])
        if strides is not None and st.is_contiguous(shape, strides):
            strides = None
        return self.tensor(map, owner, strides)

    def through(
        self, cost: Cost | None, x: int, out: FeatureMap | None, owner: int = 0, query: int | None = None
    ) -> int:
        """Enter a part that reads `x` and makes a map `out`; returns the tensor that leaves."""
        if cost is not None and cost.aliases_input:
            y = x
        else:
            y = self.tensor(out, owner, cost.strides if cost is not None else None)
        if cost is None or cost.saved_bytes is None:
            self.inner[owner] = None
            for tensor in (x, y) if query is None else (x, y, query):
                self.unsure[tensor] = True
            return y
        before = self.inner.get(owner, 0)
        if before is not None:
            self.inner[owner] = before + cost.saved_bytes * self.batch // cost.batch
        if cost.saves_input:
            self.saved[x] = True
        if cost.saves_output:
            self.saved[y] = True
        if cost.saves_query and query is not None:
            self.saved[query] = True
        return y

    def rows(self, count: int, apart_from: int | None = None) -> list[int | None]:
        """Bytes of every row, without those of one tensor; None where they are not known."""
        totals: list[int | None] = [self.inner.get(i, 0) for i in range(count)]
        for i, owner in enumerate(self.owners):
            if owner is not None and i != apart_from:
                totals[owner] = kept(totals[owner], self.sizes[i], self.saved[i], self.unsure[i])
        return totals

    def total(self, apart_from: Collection[int] = ()) -> int | None:
        """Bytes of everything but some tensors; None where they are not known."""
        if None in self.inner.values():
            return None
        kept = sum(
            size
            for i, (size, saved) in enumerate(zip(self.sizes, self.saved, strict=True))
            if saved and i not in apart_from
        )
        return kept + sum(b for b in self.inner.values() if b is not None)


def kept(total: int | None, size: int, saved: bool, unsure: bool) -> int | None:
    """Bytes of a row together with one of its tensors; None where they are not known."""
    if unsure and not saved:
        return None
    return total if total is None or not saved else total + size
