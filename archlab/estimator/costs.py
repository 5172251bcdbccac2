"""The cost of one part on one map, and of a block of cells: computed once, then looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from archlab.costing.cost import Cost
from archlab.costing.recorder import Conditions, under
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.estimator.ledger import Ledger
from archlab.estimator.probe import count
from archlab.graph.on_maps import put_cell_on_map
from archlab.graph.remember import NODES, PARTS, remember
from archlab.parts.cell import Cell
from archlab.parts.merge import Merge
from archlab.parts.merges.sum import Sum
from archlab.parts.part import Part


class Priced(msgspec.Struct, frozen=True, gc=False):
    """A cost, None where it cannot be told, and why."""

    cost: Cost | None
    problems: tuple[Problem, ...] = ()


@remember(PARTS)
def price(part: Part, inputs: tuple[FeatureMap, ...], rest: tuple[Any, ...], conditions: Conditions) -> Priced:
    """The cost of a part: its closed form, or one run of its module on the meta device.

    `inputs` are the maps that enter (a gate has two), `rest` the further arguments of the part's `cost` and
    `build`.
    """
    whole: Any = part
    name = type(part).__name__
    try:
        with under(conditions):
            cost = _a_cost(whole.cost(inputs[0], *rest))
    except Exception as error:
        return Priced(None, (_fault("AL501", f"cost() of {name} raised {type(error).__name__}: {error}"),))
    if cost is not None:
        return Priced(cost)
    try:
        return Priced(count(lambda: whole.build(inputs[0], *rest), inputs, conditions))
    except Exception as error:
        what = f"{name} has no closed form and its module did not run on the meta device"
        return Priced(None, (_fault("AL502", f"{what}: {type(error).__name__}: {error}"),))


@remember(PARTS)
def _price_cell(cell: Cell, x: FeatureMap, width: int, conditions: Conditions) -> Priced:
    """The cost of one cell of a block; nothing where `check` tells that the cell does not admit the map."""
    told = put_cell_on_map(cell, x, width).problems
    if any(p.severity == "error" for p in told):
        return Priced(None)  # what it would cost here means nothing
    return price(cell, (x,), (width,), conditions)


def price_merge(
    merge: Merge, maps: Sequence[FeatureMap], memory: Sequence[tuple[int, ...] | None], batch: int, grad: bool
) -> Priced:
    """The cost of making one map of several; a merge has a closed form, its base has one."""
    try:
        cost = _a_cost(merge.cost(maps, memory, batch, grad))
        if cost is None:
            raise TypeError("it returned None, but there is no module to measure.")
        return Priced(cost)
    except Exception as error:
        name = type(merge).__name__
        return Priced(None, (_fault("AL501", f"cost() of {name} raised {type(error).__name__}: {error}"),))


def _a_cost(found: object) -> Cost | None:
    """What a part's `cost` returned, once it is seen to be one; TypeError otherwise."""
    if found is None:
        return None
    if not isinstance(found, Cost):
        raise TypeError(f"it returned {found!r}, which is no Cost.")
    if {type(found.params), type(found.macs), type(found.elementwise)} != {int}:
        raise TypeError(f"params, macs and elementwise are whole numbers, not those of {found!r}.")
    return found


def _fault(code: str, message: str) -> Problem:
    first_lines = message if len(message) <= 400 else message[:400] + " ..."
    return Problem(code=code, severity="warning", message=first_lines, hint="Its cost is left out, and so are totals.")


@remember(NODES)
def price_block(
    cells: tuple[Cell, ...],
    maps: tuple[FeatureMap, ...],
    width: int,
    conditions: Conditions,
    dense: tuple[int, int] | None,
    checkpoint: bool,
) -> Priced:
    """The cost of a block; `maps` are the maps between its cells, one more than there are cells.

    `dense` are the first and the last of its densely connected cells, None without such.
    """
    batch, grad = conditions.batch, conditions.input_grad
    ledger = Ledger(batch)
    x = here = ledger.tensor(maps[0], strides=conditions.strides)
    problems: dict[Problem, None] = {}
    params = macs = elementwise = 0
    complete = True
    uncounted: dict[str, None] = {}
    for i, cell in enumerate(cells):
        priced = _price_cell(cell, maps[i], width, Conditions(batch, grad, here.strides))
        if priced.problems:
            problems.update(dict.fromkeys(priced.problems))
        cost = priced.cost
        y = ledger.through(cost, here, maps[i + 1])
        if cost is None:
            complete = False
        else:
            params += cost.params
            macs += cost.macs
            elementwise += cost.elementwise
            if cost.uncounted:
                uncounted.update(dict.fromkeys(cost.uncounted))
            grad = grad or cost.params > 0
        if dense and dense[0] < i < dense[1]:
            pair = (here, y)
            adding = Sum().cost((maps[i + 1],) * 2, [t.strides for t in pair], batch, grad)
            here = ledger.merged(adding, pair, maps[i + 1])
            elementwise += adding.elementwise
        else:
            here = y
    if not complete:
        return Priced(None, tuple(problems))
    inside: int | None = 0 if checkpoint else ledger.total(apart_from=(x, here))
    block = Cost(
        params=params,
        macs=macs,
        elementwise=elementwise,
        saved_bytes=inside,
        saves_input=checkpoint or x.saved,
        saves_output=not checkpoint and here.saved,
        aliases_input=here is x,
        batch=batch,
        strides=here.strides,
        uncounted=tuple(uncounted),
    )
    return Priced(block, tuple(problems))
