"""What a document that asks for an original's defects cannot have of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archlab.document.diagnostics import Diagnostic
from archlab.document.spec import COMPATS, Spec
from archlab.graph.model import GraphNode


def check_compat(spec: Spec, nodes: Iterable[GraphNode]) -> Iterator[Diagnostic]:
    """One warning per reason why cells do not compute what they compute in the original."""
    if spec.compat not in COMPATS or spec.compat is None:
        return
    codes: dict[str, set[str]] = {}
    for use in (use for node in nodes for use in node.cells):
        if use.cell is None or use.x is None:
            continue
        try:
            reason = use.cell.irreproducible(use.x, spec.compat)
        except Exception:  # told by propagate, which meets the same fault
            reason = ""
        if reason:
            codes.setdefault(reason, set()).add(use.code)
    for reason, words in codes.items():
        message = f"{', '.join(sorted(words))}: not what the original computes. {reason}"
        hint = "Its counts are reproduced; weights trained with it must be trained on here."
        yield Diagnostic(code="AL035", severity="warning", path="$.compat", message=message, hint=hint)
