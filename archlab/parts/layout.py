"""The base of every layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.part import Part, Samples
from archlab.parts.wiring import Wiring


class Layout(Part, frozen=True, kw_only=True):
    """A lattice of blocks and the rule that wires it: a pure function of its fields."""

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("3x32x32",)  # what enters the whole network
    sample_cells: ClassVar[str] = "C2"  # what the tests put into its blocks: cells that read what it says to them
    level_field: ClassVar[str | None] = None  # the field that "add level" grows
    stage_field: ClassVar[str | None] = None  # the field that "add stage" grows

    def problems(self) -> Iterable[Problem]:
        """Fields that do not go together, or that have no effect."""
        return ()

    def wire(self, wiring: Wiring) -> None:
        """Add every node and link through `wiring`, in order of computation."""
        raise NotImplementedError

    def counts(self) -> tuple[int, int]:
        """Levels and stages as they really are, where a field may leave one to the other."""
        raise NotImplementedError

    def strides(self, entry: FeatureMap) -> tuple[float, ...]:
        """Input pixels per pixel of each level along H, where `entry` is the map that enters the first block.

        Every level halves the one above unless a layout says otherwise; fractions are allowed (a ViT whose maps are
        resized).
        """
        levels, _ = self.counts()
        return tuple(float(entry.stride[0] * 2**level) for level in range(levels))


def widths(channels: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Channels per level: a base width doubled per level, or a list whose last entry doubles on."""
    given = [channels] if isinstance(channels, int) else list(channels)
    while len(given) < count:
        given.append(given[-1] * 2)
    return tuple(given[:count])
