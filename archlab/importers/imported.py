"""What an importer returns: the document, what became of every setting, and the net with its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from archlab.checkpoints.report import WeightsReport
from archlab.document.spec import Spec

if TYPE_CHECKING:
    from archlab.compiler import Backbone


class Note(msgspec.Struct, frozen=True):
    """A setting of the configuration (`block.cell.n_head`, empty when it is about several) and what became of it."""

    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}" if self.key else self.text


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of every setting.

    Attributes:
        mapped: settings that the document says in its own words, and where.
        ignored: settings without effect, in the original too unless the note says otherwise.
        differs: what the document does otherwise than the original, because a defect is fixed.
    """

    mapped: tuple[Note, ...] = ()
    ignored: tuple[Note, ...] = ()
    differs: tuple[Note, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was ignored or differs, as sentences."""
        return tuple(str(note) for note in (*self.ignored, *self.differs))

    def __str__(self) -> str:
        groups = {"mapped": self.mapped, "ignored": self.ignored, "differs": self.differs}
        lines = [(name, notes) for name, notes in groups.items() if notes]
        return "\n".join("\n".join([f"{name}:", *(f"  {note}" for note in notes)]) for name, notes in lines)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a configuration or a name, and of weights.

    Attributes:
        spec: the document.
        report: what was mapped, what is ignored, what differs.
        net: the network with the weights, in evaluation mode; None without weights.
        weights: which tensors the file gave to the network; None without weights.
    """

    spec: Spec
    report: Report
    net: Backbone | None = None
    weights: WeightsReport | None = None
