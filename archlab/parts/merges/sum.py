"""sum: maps are added, as in every fusion of HRNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archlab.parts.merge import Merge

if TYPE_CHECKING:
    from torch import Tensor


class Sum(Merge, frozen=True, kw_only=True):
    """Adds its inputs."""

    type = "sum"
    noun = "sum"
    mark = "Σ"
    strokes = (((-4, 0), (4, 0)), ((0, -4), (0, 4)))
    icon = "M4 8h8M8 4v8"
    running = True
    share = "terms"

    @staticmethod
    def combine(parts: Sequence[Tensor]) -> Tensor:
        """From left to right: `a + b + c`."""
        total, *rest = parts
        for part in rest:
            total = total + part  # never in place: a link may hand on the very tensor of its source
        return total
