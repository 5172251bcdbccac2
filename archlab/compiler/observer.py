"""Who watches a backbone while it computes."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Observer(Protocol):
    """Told about every value while `Backbone.run` computes it (eager mode only)."""

    def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
        """A node is done: what each link brought, their merge, and what leaves the node."""

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        """A link is done: the map `x` that it read, and the `out` that arrives."""
