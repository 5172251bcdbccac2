"""Where a net stopped computing numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def first_non_finite(net: Any, images: Tensor) -> str:
    """Id of the first node whose output holds NaN or infinity, empty when there is none.

    One eager pass in the net's present mode. A batch that is itself not finite is the input node's.
    """
    if not bool(images.isfinite().all()):
        return next((n.id for n in net.graph.nodes if n.kind == "input"), "input")
    watch = _Watch()
    try:
        with torch.no_grad():
            net.run(images, observer=watch)
    except _Found as found:
        return found.node
    return ""


class _Found(Exception):
    """Raised to end the pass as soon as the first bad value is found."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


class _Watch:
    def node(self, id: str, inputs: Mapping[str, Tensor], merged: Tensor, out: Tensor) -> None:
        if not bool(out.isfinite().all()):
            raise _Found(id)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        """A link's output reaches a node, which is named instead."""
