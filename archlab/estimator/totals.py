"""`estimate`: the costs of a whole document in one pass over its graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from archlab.costing.cost import Cost
from archlab.costing.recorder import FLOAT, Conditions
from archlab.document.diagnostics import Diagnostic
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Input, Spec
from archlab.estimator.costs import Priced, price, price_block
from archlab.estimator.ledger import Ledger
from archlab.estimator.plan import PlanRow, window_plan
from archlab.estimator.result import CONVENTIONS, Estimate, Output, Row
from archlab.graph import expand
from archlab.graph.model import CellUse, Graph, GraphLink, GraphNode
from archlab.parts.catalog import default
from archlab.parts.registry import Registry

NOTHING = Cost(aliases_input=True)


def estimate(
    spec: Spec, batch: int = 1, registry: Registry | None = None, input: Input | str | None = None
) -> Estimate:
    """Shapes, parameters, MACs and memory of a document, without building it and without torch.

    Never raises: what cannot be known is None, and `diagnostics` says why. Parts without a closed form are
    measured by one run of their module on torch's meta device.

    Args:
        spec: the document.
        batch: samples; everything but the parameters grows with it.
        registry: parts; archlab's own and those of installed plugins by default.
        input: another input than the document's, such as `3x224x224`.
    """
    found: list[Diagnostic] = []
    if input is not None:
        try:
            spec = spec.with_input(input)
        except ValueError as error:
            found.append(Diagnostic(code="AL503", path="$.input", message=str(error)))
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        message = f"A batch of {batch!r} samples: expected a whole number of at least 1. One sample is taken."
        found.append(Diagnostic(code="AL504", message=message))
        batch = 1
    registry = registry or default()
    expansion = expand(spec, registry)
    found[:0] = expansion.diagnostics
    if expansion.graph is None:
        return _result(spec, batch, (), None, None, (), found, set())
    return _Pass(expansion.graph, batch, found).result(spec)


class _Placed(Protocol):
    """A node or link as far as a row shows it."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def out(self) -> FeatureMap | None: ...


class _Pass:
    """One walk through the nodes in order of computation."""

    def __init__(self, graph: Graph, batch: int, found: list[Diagnostic]) -> None:
        self.graph = graph
        self.batch = batch
        self.found = found
        self.ledger = Ledger(batch)
        self.links = {link.id: link for link in graph.links}
        self.tensors: dict[str, int] = {}  # what leaves a node or link
        self.grads: dict[str, bool] = {}
        self.rows: list[tuple[_Placed, int, int, Cost | None]] = []
        self.uncounted: set[str] = set()
        self.image = next((n.out for n in graph.nodes if n.kind == "input"), None)

    def result(self, spec: Spec) -> Estimate:
        """Walk, and add up."""
        for node in self.graph.nodes:
            for id in self._arrivals(node):
                self._link(self.links[id], node)
            self._node(node)
        kept = self.ledger.rows(len(self.rows))
        rows = [self._row(*row, kept[i]) for i, row in enumerate(self.rows)]
        nodes = tuple(r for r, (part, *_) in zip(rows, self.rows, strict=True) if isinstance(part, GraphNode))
        links = tuple(r for r, (part, *_) in zip(rows, self.rows, strict=True) if isinstance(part, GraphLink))
        plan = window_plan(self.graph, spec)
        return _result(spec, self.batch, self._outputs(), nodes, links, plan, self.found, self.uncounted)

    def _arrivals(self, node: GraphNode) -> list[str]:
        """The node's links, gates after what steers them."""
        return sorted(node.inputs, key=lambda id: self.links[id].query != "")

    def _link(self, link: GraphLink, target: GraphNode) -> None:
        here = len(self.rows)
        x = self.tensors[link.source]
        grad = self.grads[link.source]
        query = self.tensors.get(link.query)
        cost = None
        front = link.cells[0].x if link.cells else link.out
        if link.part is not None and link.x is not None and link.out is not None:
            inputs: tuple[FeatureMap, ...] = (link.x,)
            steered = self.links[link.query].out if query is not None else None
            if steered is not None:
                inputs += (steered,)
            layout = self.ledger.strides
            conditions = Conditions(self.batch, grad, layout[x], None if query is None else layout[query])
            cost = self._tell(price(link.part, inputs, (link.channels, link.steps), conditions), link)
        y = self.ledger.through(cost, x, front, here, query)
        grad = grad or cost is None or cost.params > 0
        if link.cells:
            conditions = Conditions(self.batch, grad, self.ledger.strides[y])
            behind = self._cells_cost(link.cells, link.out, link.channels, conditions, link)
            y = self.ledger.through(behind, y, link.out, here)
            grad = grad or behind is None or behind.params > 0
            cost = None if cost is None or behind is None else _counts(cost, behind)
        self.tensors[link.id] = y
        self.grads[link.id] = grad
        self.rows.append((link, target.level, target.stage, cost))

    def _node(self, node: GraphNode) -> None:
        here = len(self.rows)
        x, sums = self._merge(node, here)
        grad = any(self.grads[id] for id in node.inputs)
        cost = self._node_cost(node, Conditions(self.batch, grad, self.ledger.strides[x]))
        self.tensors[node.id] = self.ledger.through(cost, x, node.out, here)
        self.grads[node.id] = grad or (node.kind != "input" and (cost is None or cost.params > 0))
        if cost is not None and sums:
            cost = _counts(cost, Cost(elementwise=sums))
        self.rows.append((node, node.level, node.stage, cost))

    def _merge(self, node: GraphNode, here: int) -> tuple[int, int]:
        """The tensor that enters the node, and the additions that made it."""
        arrived = [self.tensors[id] for id in node.inputs]
        if not arrived or node.x is None:
            return self.ledger.tensor(node.x, here), 0
        if node.merge == "concat":
            return self.ledger.tensor(node.x, here), 0
        return self.ledger.sum(node.x, arrived, here), (len(arrived) - 1) * node.x.elements

    def _node_cost(self, node: GraphNode, conditions: Conditions) -> Cost | None:
        if node.x is None or node.out is None:
            return None
        if node.kind in ("input", "fusion"):
            return NOTHING
        if node.kind == "block":
            options = (node.dense, node.checkpoint)
            return self._cells_cost(node.cells, node.out, node.channels, conditions, node, *options)
        if node.part is None or self.image is None:
            return None
        rest: tuple[Any, ...] = (self.image,) if node.kind == "head" else ()
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
        cells = tuple(use.cell for use in uses if use.cell is not None)
        maps = tuple(map for map in (*(use.x for use in uses), out) if map is not None)
        if not uses or len(cells) < len(uses) or len(maps) <= len(uses):
            return None
        return self._tell(price_block(cells, maps, width, conditions, dense, checkpoint), owner)

    def _tell(self, priced: Priced, part: GraphNode | GraphLink) -> Cost | None:
        for problem in priced.problems:
            self.found.append(
                Diagnostic(
                    code=problem.code,
                    severity=problem.severity,
                    path=part.path,
                    node=part.id,
                    message=problem.message,
                    hint=problem.hint,
                )
            )
        if priced.cost is not None:
            self.uncounted.update(priced.cost.uncounted)
        return priced.cost

    def _row(self, part: _Placed, level: int, stage: int, cost: Cost | None, kept: int | None) -> Row:
        out = part.out
        macs = None if cost is None else cost.macs * self.batch
        return Row(
            id=part.id,
            kind=part.kind,
            level=level,
            stage=stage,
            params=None if cost is None else cost.params,
            macs=macs,
            flops=None if macs is None else 2 * macs,
            elementwise=None if cost is None else cost.elementwise * self.batch,
            output_bytes=None if out is None else FLOAT * self.batch * out.elements,
            activation_bytes=kept,
            shape=None if out is None else out.shape(self.batch),
        )

    def _outputs(self) -> tuple[Output, ...]:
        """What `net(x)` returns: the backbone's outputs, or the head's tensor."""
        head = self.graph.head
        nodes = [head] if head is not None else [self.graph.node(id) for id in self.graph.outputs]
        return tuple(Output(name=n.id, shape=None if n.out is None else n.out.shape(self.batch)) for n in nodes)


def _counts(a: Cost, b: Cost) -> Cost:
    """What a row shows of two costs: their sums; what is kept for backward stands in the ledger."""
    return Cost(params=a.params + b.params, macs=a.macs + b.macs, elementwise=a.elementwise + b.elementwise)


def _result(
    spec: Spec,
    batch: int,
    outputs: tuple[Output, ...],
    nodes: tuple[Row, ...] | None,
    links: tuple[Row, ...] | None,
    plan: tuple[PlanRow, ...],
    found: Iterable[Diagnostic],
    uncounted: set[str],
) -> Estimate:
    rows = None if nodes is None or links is None else (*nodes, *links)

    def total(field: str) -> int | None:
        values: list[int | None] = [getattr(row, field) for row in rows] if rows is not None else [None]
        known = [v for v in values if v is not None]
        return sum(known) if len(known) == len(values) else None

    macs = total("macs")
    return Estimate(
        name=spec.name,
        input={"channels": spec.input.channels, "size": list(spec.input.size)},
        batch=batch,
        params=total("params"),
        macs=macs,
        flops=None if macs is None else 2 * macs,
        elementwise=total("elementwise"),
        activation_bytes=total("activation_bytes"),
        outputs=outputs,
        nodes=nodes or (),
        links=links or (),
        plan=plan,
        diagnostics=tuple(dict.fromkeys(found)),
        not_counted=(*CONVENTIONS, *(f"operation {name}" for name in sorted(uncounted))),
    )
