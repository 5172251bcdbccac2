"""What a document that asks for an original's defects cannot have of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archlab.document.diagnostics import Diagnostic
from archlab.document.spec import COMPATS, Spec
from archlab.graph.model import GraphNode
from archlab.graph.propagate import Step
from archlab.graph.remember import NODES, remember


def check_compat(spec: Spec, steps: Iterable[Step]) -> Iterator[Diagnostic]:
    """One warning per reason why cells do not compute what they compute in the original."""
    if spec.compat not in COMPATS or spec.compat is None:
        return
    codes: dict[str, set[str]] = {}
    for step in steps:
        for reason, code in _reasons(step.node, spec.compat):
            codes.setdefault(reason, set()).add(code)
    for reason, words in codes.items():
        message = f"{', '.join(sorted(words))}: not what the original computes. {reason}"
        hint = "Its counts are reproduced; weights trained with it must be trained on here."
        yield Diagnostic(code="AL035", severity="warning", path="$.compat", message=message, hint=hint)


@remember(NODES)
def _reasons(node: GraphNode, original: str) -> tuple[tuple[str, str], ...]:
    """The reasons that a node's cells give, each with the cell's code."""
    told = []
    for use in node.cells:
        if use.cell is None or use.x is None:
            continue
        try:
            reason = use.cell.irreproducible(use.x, original)
        except Exception:  # told by propagate, which meets the same fault
            reason = ""
        if reason:
            told.append((reason, use.code))
    return tuple(dict.fromkeys(told))
