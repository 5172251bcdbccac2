"""The report on what an edited net kept of another net's weights."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import msgspec

from archlab.text.numbers import percent
from archlab.text.sentences import listed, plural


class PartWeights(msgspec.Struct, frozen=True, kw_only=True):
    """The weights of one part of a net: of a cell, a stem, a neck, a head, or a link.

    Attributes:
        id: of its node or link.
        name: of its module: `B12.cell_0`, `stem`, `link_B01_B12`.
        parameters: numbers that it learns.
        fresh: why nothing was kept, in a word or two; empty where every tensor was.
        detail: what differs, in full.
        changed: options that are others than before, although the tensors fit and were kept.
    """

    id: str
    name: str
    parameters: int
    fresh: str = ""
    detail: str = ""
    changed: tuple[str, ...] = ()


class KeptWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Which weights a net has from another one, and which are freshly initialised; its text is one sentence.

    Attributes:
        parts: every part that has tensors, in order of computation, links last.
        left: modules of the other net for which there is no place here.
        cast: tensors that were kept in another precision: name, the other net's, this one's.
    """

    parts: tuple[PartWeights, ...]
    left: tuple[str, ...] = ()
    cast: tuple[tuple[str, str, str], ...] = ()

    @property
    def kept(self) -> tuple[PartWeights, ...]:
        """The parts whose tensors are the other net's."""
        return tuple(part for part in self.parts if not part.fresh)

    @property
    def fresh(self) -> tuple[PartWeights, ...]:
        """The parts that are initialised anew."""
        return tuple(part for part in self.parts if part.fresh)

    @property
    def share(self) -> float | None:
        """Parameters kept, of all that the net has; None where it has none."""
        every = sum(part.parameters for part in self.parts)
        return sum(part.parameters for part in self.kept) / every if every else None

    def __str__(self) -> str:
        said = f"kept {len(self.kept)} of {plural(len(self.parts), 'part')}"
        said += "" if self.share is None else f" ({percent(self.share)} of parameters)"
        options = [f"{part.name} ({', '.join(part.changed)})" for part in self.kept if part.changed]
        casts = Counter((old, new) for _, old, new in self.cast)
        cast = [f"{plural(n, 'tensor')} from {old} to {new}" for (old, new), n in casts.items()]
        lists = {
            "fresh": self._fresh(),
            "kept under other options": options,
            "no longer there": list(self.left),
            "cast": cast,
        }
        return "; ".join([said, *(f"{what}: {listed(names)}" for what, names in lists.items() if names)])

    def _fresh(self) -> list[str]:
        """Names with their reasons; a node or link by its id where that says it of all its parts."""
        words: list[str] = []
        for id, parts in groupby(self.parts, key=lambda part: part.id):
            reasons = {part.name: part.fresh for part in parts}
            if len(set(reasons.values())) == 1:
                reasons = {id: next(iter(reasons.values()))}
            words += [f"{name} ({reason})" for name, reason in reasons.items() if reason]
        return words
