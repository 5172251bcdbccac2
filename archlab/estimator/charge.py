"""What one node and the links into it cost: a pure function of both, and of how their sources lie in memory.

Only two things go from node to node. Forward: how a tensor lies in memory and whether it needs a gradient (`Tensor`).
Backward: whether the readers of a tensor keep it for the backward pass (`Readers`), which decides the bytes of the row
that made it. Both are few values, so that an edit to one block leaves the charges of nearly all others as they were.
"""

from __future__ import annotations

from typing import Any

import msgspec

from archlab.costing.cost import Cost
from archlab.costing.recorder import FLOAT, Conditions
from archlab.document.diagnostics import Diagnostic
from archlab.document.feature_map import FeatureMap
from archlab.estimator.costs import Priced, price, price_block, price_merge
from archlab.estimator.ledger import Held, Ledger, kept
from archlab.estimator.result import Row
from archlab.graph.model import CellUse, GraphLink, GraphNode
from archlab.graph.on_maps import costed
from archlab.graph.propagate import Step
from archlab.graph.remember import NODES, remember
from archlab.parts.cell import Cell

NOTHING = Cost(aliases_input=True)


class Tensor(msgspec.Struct, frozen=True, gc=False):
    """What leaves a node: how it lies in memory (None = in order of its shape), and whether it needs a gradient."""

    strides: tuple[int, ...] | None = None
    grad: bool = False


class Readers(msgspec.Struct, frozen=True, gc=False):
    """Whether readers keep a tensor for the backward pass, and whether one of them does not tell."""

    saved: bool = False
    unsure: bool = False


class Charge(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Costs of one node and of the links into it.

    Attributes:
        rows: links in the order in which they are computed, then the node, without the bytes of the tensor that leaves.
        out: the tensor that leaves.
        maker: row that made it; None: it is the very tensor of the source at `passes`.
        size: its bytes.
        own: what is known of it before anybody else reads it.
        sources: what the node and its links do to the tensor of each source, in order of the node's inputs.
    """

    rows: tuple[Row, ...]
    out: Tensor
    maker: int | None
    passes: int | None
    size: int
    own: Readers
    sources: tuple[Readers, ...]
    diagnostics: tuple[Diagnostic, ...]
    uncounted: frozenset[str]


class Bill(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A charge with every byte settled: rows of the links and of the node, and their sums (None = not known)."""

    links: tuple[Row, ...]
    node: Row
    params: int | None
    macs: int | None
    elementwise: int | None
    activation_bytes: int | None


@remember(NODES)
def charge(step: Step, tensors: tuple[Tensor, ...], image: FeatureMap | None, batch: int) -> Charge:
    """Cost of a node whose inputs read `tensors`; `image` is the document's input."""
    return _Pass(step, tensors, image, batch).charge()


@remember(NODES)
def bill(charge: Charge, readers: Readers) -> Bill:
    """The rows of a charge, once it is known what `readers` do to the tensor that leaves."""
    rows = list(charge.rows)
    if charge.maker is not None:
        saved, unsure = charge.own.saved or readers.saved, charge.own.unsure or readers.unsure
        row = rows[charge.maker]
        bytes = kept(row.activation_bytes, charge.size, saved, unsure)
        rows[charge.maker] = msgspec.structs.replace(row, activation_bytes=bytes)
    return Bill(
        links=tuple(rows[:-1]),
        node=rows[-1],
        params=total([row.params for row in rows]),
        macs=total([row.macs for row in rows]),
        elementwise=total([row.elementwise for row in rows]),
        activation_bytes=total([row.activation_bytes for row in rows]),
    )


def total(values: list[int | None]) -> int | None:
    """The sum; None where one of the values is not known."""
    return None if None in values else sum(filter(None, values))


class _Pass:
    """The walk through the links into a node and through the node, on a ledger of their tensors."""

    def __init__(self, step: Step, tensors: tuple[Tensor, ...], image: FeatureMap | None, batch: int) -> None:
        self.node = step.node
        self.links = {link.id: link for link in step.links}
        self.image = image
        self.batch = batch
        self.ledger = Ledger(batch)
        self.arriving = dict(zip(self.node.inputs, tensors, strict=True))
        # The tensors of the sources; how large they are is the business of the nodes that made them.
        self.sources = {id: self.ledger.outside(tensor.strides) for id, tensor in self.arriving.items()}
        self.arrived: dict[str, Held] = {}  # what leaves a link
        self.grads: dict[str, bool] = {}
        self.costs: list[tuple[GraphNode | GraphLink, Cost | None]] = []
        self.found: list[Diagnostic] = []
        self.uncounted: set[str] = set()

    def charge(self) -> Charge:
        """Play the links, then the node, and sum up what they cost and keep."""
        links = [self.links[id] for id in self.node.inputs]
        gates = [link for link in links if link.query]  # after what steers them
        for link in (*(link for link in links if not link.query), *gates) if gates else links:
            self._link(link)
        tensor, grad = self._node()
        sources = list(self.sources.values())
        bytes = self.ledger.rows(len(self.costs), apart_from=tensor)
        return Charge(
            rows=tuple(self._row(*cost, kept) for cost, kept in zip(self.costs, bytes, strict=True)),
            out=Tensor(tensor.strides, grad),
            maker=tensor.owner,
            passes=sources.index(tensor) if tensor.owner is None else None,
            size=tensor.size,
            own=Readers(tensor.saved, tensor.unsure),
            sources=tuple([Readers(source.saved, source.unsure) for source in sources]),
            diagnostics=tuple(self.found),
            uncounted=frozenset(self.uncounted),
        )

    def _link(self, link: GraphLink) -> None:
        here = len(self.costs)
        x = self.sources[link.id]
        grad = self.arriving[link.id].grad
        query = self.arrived.get(link.query)
        cost = None
        front = link.cells[0].x if link.cells else link.out
        if link.part is not None and link.x is not None and link.out is not None:
            inputs: tuple[FeatureMap, ...] = (link.x,)
            steered = self.links[link.query].out if query is not None else None
            if steered is not None:
                inputs += (steered,)
            conditions = Conditions(self.batch, grad, x.strides, None if query is None else query.strides)
            cost = self._tell(price(link.part, inputs, link.arguments, conditions), link)
        y = self.ledger.through(cost, x, front, here, query)
        grad = grad or cost is None or cost.params > 0
        if link.cells:
            conditions = Conditions(self.batch, grad, y.strides)
            behind = self._cells_cost(link.cells, link.out, link.channels, conditions, link)
            y = self.ledger.through(behind, y, link.out, here)
            grad = grad or behind is None or behind.params > 0
            cost = None if cost is None or behind is None else _counts(cost, behind)
        self.arrived[link.id] = y
        self.grads[link.id] = grad
        self.costs.append((link, cost))

    def _node(self) -> tuple[Held, bool]:
        """The tensor that leaves the node, and whether it needs a gradient."""
        node, here = self.node, len(self.costs)
        grad = any(self.grads[id] for id in node.inputs)
        x, merging = self._merge(here, grad)
        cost = self._node_cost(Conditions(self.batch, grad, x.strides))
        out = self.ledger.through(cost, x, node.out, here)
        grad = grad or (node.kind != "input" and (cost is None or cost.params > 0))
        if cost is not None and merging is not NOTHING:
            cost = None if merging is None else _counts(cost, merging)
        self.costs.append((node, cost))
        return out, grad

    def _merge(self, here: int, grad: bool) -> tuple[Held, Cost | None]:
        """The tensor that enters the node, and what it costs to make it of those that arrive."""
        node, ledger = self.node, self.ledger
        arrived = [self.arrived[id] for id in node.inputs]
        maps = [map for map in (self.links[id].out for id in node.inputs) if map is not None]
        if not arrived or node.x is None or len(maps) < len(arrived):
            return ledger.tensor(node.x, here), NOTHING
        if node.merge.running and len(arrived) == 1:
            return arrived[0], NOTHING
        priced = price_merge(node.merge, maps, [tensor.strides for tensor in arrived], self.batch, grad)
        cost = self._tell(priced, node)
        return ledger.merged(cost, arrived, node.x, here), cost

    def _node_cost(self, conditions: Conditions) -> Cost | None:
        node = self.node
        if node.x is None or node.out is None:
            return None
        if node.kind == "block" or node.cells:
            width = node.channels or node.x.channels
            return self._cells_cost(node.cells, node.out, width, conditions, node, node.dense, node.checkpoint)
        if node.kind in ("input", "fusion"):
            return NOTHING
        if node.part is None or self.image is None:
            return None
        rest: tuple[Any, ...] = () if node.kind == "stem" else (self.image,)
        return self._tell(price(node.part, (node.x,), rest, conditions), node)

    def _cells_cost(
        self,
        uses: tuple[CellUse, ...],
        out: FeatureMap | None,
        width: int,
        conditions: Conditions,
        owner: GraphNode | GraphLink,
        dense: bool = False,
        checkpoint: bool = False,
    ) -> Cost | None:
        """The cells of a block or a link in sequence; None where one of them or its map is not known."""
        known = _cells_and_maps(uses, out)
        if known is None:
            return None
        cells, maps, ends = known
        connected = ends if dense else None
        return self._tell(price_block(cells, maps, width, conditions, connected, checkpoint), owner)

    def _tell(self, priced: Priced, owner: GraphNode | GraphLink) -> Cost | None:
        if priced.problems:
            self.found += [problem.at(owner.path, owner.id) for problem in priced.problems]
        if priced.cost is not None and priced.cost.uncounted:
            self.uncounted.update(priced.cost.uncounted)
        return priced.cost

    def _row(self, owner: GraphNode | GraphLink, cost: Cost | None, bytes: int | None) -> Row:
        out = owner.out
        macs = None if cost is None else cost.macs * self.batch
        return Row(
            id=owner.id,
            kind=owner.kind,
            level=self.node.level,
            stage=self.node.stage,
            params=None if cost is None else cost.params,
            macs=macs,
            flops=None if macs is None else 2 * macs,
            elementwise=None if cost is None else cost.elementwise * self.batch,
            output_bytes=None if out is None else FLOAT * self.batch * out.elements,
            activation_bytes=bytes,
            shape=None if out is None else out.shape(self.batch),
        )


@remember(NODES)
def _cells_and_maps(
    uses: tuple[CellUse, ...], out: FeatureMap | None
) -> tuple[tuple[Cell, ...], tuple[FeatureMap, ...], tuple[int, int] | None] | None:
    """Cells as their cost depends on them, the maps between them, and places of the first and last that is not fixed.

    None where a cell or one of its maps is not known.
    """
    cells = tuple([costed(use.cell) for use in uses if use.cell is not None])
    maps = tuple([map for map in (*(use.x for use in uses), out) if map is not None])
    if not uses or len(cells) < len(uses) or len(maps) <= len(uses):
        return None
    own = [index for index, use in enumerate(uses) if not use.fixed]
    return cells, maps, (own[0], own[-1]) if own else None


def _counts(a: Cost, b: Cost) -> Cost:
    """What a row shows of two costs: their sums; what is kept for backward stands in the ledger."""
    return Cost(params=a.params + b.params, macs=a.macs + b.macs, elementwise=a.elementwise + b.elementwise)
