"""one: a single link arrives, and nothing is merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archlab.parts.merge import Merge
from archlab.parts.merges.sum import Sum

if TYPE_CHECKING:
    from torch import Tensor


class One(Merge, frozen=True, kw_only=True):
    """Passes its input on."""

    type = "one"
    noun = "input"
    reads = "both"
    running = True
    share = "terms"

    def several(self) -> Merge:
        """A link that the document adds joins the single one by a sum."""
        return Sum()

    @staticmethod
    def combine(parts: Sequence[Tensor]) -> Tensor:
        """The only tensor there is."""
        (part,) = parts
        return part
