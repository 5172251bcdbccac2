"""The base of every link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.part import Part, Samples

if TYPE_CHECKING:
    from torch import nn


class Link(Part, frozen=True, kw_only=True):
    """Carries one node's map to another node.

    `channels` is what the receiving node asks for, `steps` the levels to go: positive = down (coarser),
    negative = up (finer), 0 = same level. A link that `meets_size` gets a fourth argument, named `meets` here and
    there: the size, ([D,] H, W), of the map that it meets at that node, where it meets one.
    """

    type: ClassVar[str] = ""
    family: ClassVar[str] = "link"
    samples: ClassVar[Samples] = ("8x16x16", "8x1x16x16", "8x3x16x16", "8x16x24", "8x4x8x12")
    needs_query: ClassVar[bool] = False  # gate: forward(x, query), query = another link's output into the same node
    # The cell string in its field `cells` follows: out, cost and build are those of what stands before the cells,
    # whose last leaves `channels`.
    carries_cells: ClassVar[bool] = False

    @property
    def meets_size(self) -> bool:
        """Whether it brings its map to the size of the first other map that arrives at the node."""
        return False

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterable[Problem]:
        """Everything that keeps this link from carrying `x`."""
        return ()

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map that arrives at the target, of `channels` unless the kind keeps its own."""
        raise NotImplementedError

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost | None:
        """Closed form of the cost; None = measure on the meta device."""
        return None

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """The module; `nn.Identity()` where nothing is to be done."""
        raise NotImplementedError
