"""`estimate`: the costs of a whole document in two passes over its nodes, forward and backward."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic
from archlab.document.entries import Input
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.estimator.charge import Charge, Readers, bill, charge, total
from archlab.estimator.plan import window_plan
from archlab.estimator.result import CONVENTIONS, Estimate, Output
from archlab.graph import Expansion, expand
from archlab.graph.remember import DOCUMENTS, remember
from archlab.parts.catalog import default
from archlab.parts.registry import Registry

NOBODY = Readers()


def estimate(
    spec: Spec, batch: int = 1, registry: Registry | None = None, input: Input | str | None = None
) -> Estimate:
    """Shapes, parameters, MACs and memory of a document, without building it and without torch.

    Never raises on what a document says: what cannot be known is None, and `diagnostics` says why. Parts without a
    closed form are measured by one run of their module on torch's meta device.

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
    found_here = _estimate(spec, batch, registry, registry.version, tuple(found))
    return replace(found_here, input=_input(spec.input))  # a dict of the caller's own


@remember(DOCUMENTS)
def _estimate(spec: Spec, batch: int, registry: Registry, version: int, asked: tuple[Diagnostic, ...]) -> Estimate:
    """The estimate of a document; `asked` is what was wrong with the other arguments of `estimate`."""
    expansion = expand(spec, registry)
    found = [*expansion.diagnostics, *asked]
    charges = _forward(expansion, batch)
    found += [d for one in charges.values() for d in one.diagnostics]
    readers = _backward(expansion, charges)
    bills = [bill(one, readers[id]) for id, one in charges.items()]
    known = expansion.graph is not None
    macs = total([b.macs for b in bills]) if known else None
    return Estimate(
        name=spec.name,
        input=_input(spec.input),
        batch=batch,
        params=total([b.params for b in bills]) if known else None,
        macs=macs,
        flops=None if macs is None else 2 * macs,
        elementwise=total([b.elementwise for b in bills]) if known else None,
        activation_bytes=total([b.activation_bytes for b in bills]) if known else None,
        outputs=_outputs(expansion, batch),
        nodes=tuple([b.node for b in bills]),
        links=tuple([row for b in bills for row in b.links]),
        plan=window_plan(expansion),
        diagnostics=tuple(dict.fromkeys(found)),
        not_counted=(*CONVENTIONS, *_uncounted(charges.values())),
    )


def _forward(expansion: Expansion, batch: int) -> dict[str, Charge]:
    """The charge of every node, in order of computation."""
    image: FeatureMap | None = None
    charges: dict[str, Charge] = {}
    for step in expansion.steps:
        node = step.node
        if node.kind == "input":
            image = node.out
        tensors = tuple([charges[link.source].out for link in step.links if not link.off])
        charges[node.id] = charge(step, tensors, image, batch)
    return charges


def _backward(expansion: Expansion, charges: dict[str, Charge]) -> dict[str, Readers]:
    """What the readers of every node's tensor do to it, from the last node to the first."""
    readers = dict.fromkeys(charges, Readers())
    for step in reversed(expansion.steps):
        one, read = charges[step.node.id], readers[step.node.id]
        on = [link for link in step.links if not link.off]
        for index, (link, here) in enumerate(zip(on, one.sources, strict=True)):
            before = readers[link.source]
            behind = read if index == one.passes else NOBODY  # who reads a node that hands its input on reads the input
            readers[link.source] = Readers(
                before.saved or here.saved or behind.saved, before.unsure or here.unsure or behind.unsure
            )
    return readers


def _uncounted(charges: Iterable[Charge]) -> list[str]:
    """Operations that no column counts, in words."""
    return [f"operation {name}" for name in sorted({name for one in charges for name in one.uncounted})]


def _input(input: Input) -> dict[str, Any]:
    return {"channels": input.channels, "size": list(input.size)}


def _outputs(expansion: Expansion, batch: int) -> tuple[Output, ...]:
    """What `net(x)` returns: the backbone's outputs, or the head's tensor."""
    if expansion.graph is None:
        return ()
    nodes = {step.node.id: step.node for step in expansion.steps}
    prediction = expansion.graph.prediction
    outs = [(id, nodes[id].out) for id in ([prediction] if prediction else expansion.graph.outputs)]
    return tuple(Output(name=id, shape=None if out is None else out.shape(batch)) for id, out in outs)
