"""The base of every layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from archlab.document.diagnostics import Problem

if TYPE_CHECKING:
    from archlab.parts.wiring import Wiring

from archlab.parts.part import Part


class Layout(Part, frozen=True, kw_only=True):
    """A lattice of blocks and the rule that wires it: a pure function of its fields."""

    type: ClassVar[str] = ""
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


def widths(channels: int | Sequence[int], count: int) -> tuple[int, ...]:
    """Channels per level: a base width doubled per level, or a list whose last entry doubles on."""
    given = [channels] if isinstance(channels, int) else list(channels)
    while len(given) < count:
        given.append(given[-1] * 2)
    return tuple(given[:count])
