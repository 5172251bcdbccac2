"""What became of the tensors of a file, and the refusal of one that does not match."""

from __future__ import annotations

from collections import Counter

import msgspec

from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.text.numbers import percent
from archlab.text.sentences import plural

LISTED = 8  # names that a sentence holds; the report itself has all
Shape = tuple[int, ...]


class WeightsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Which tensors a file gave to a net, by their names in the file.

    Attributes:
        loaded: names of what was taken over.
        missing: names in the net of what the file has not.
        unexpected: names that have no place in the net, or hold numbers that cannot be those of the net's.
        mismatched: names with the file's and the net's shape, where these differ.
        cast: names of what was taken over as another type of number, with the file's and the net's type.
        left_out: names of the head's tensors, in the file or the net, that were not taken over because the two heads or
            their classes differ.
        dead: names of what the origin stores and does not learn.
        params: share of the net's parameters that came from the file.
        flops: share of the net's FLOPs in nodes and links all of whose parameters came from the file; None where it is
            not known.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    mismatched: tuple[tuple[str, Shape, Shape], ...] = ()
    cast: tuple[tuple[str, str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    params: float | None = None
    flops: float | None = None

    @property
    def complete(self) -> bool:
        """Whether file and net hold the same tensors, but for what was left out with the head."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        shapes = [f"{name} {list(file)} for {list(own)}" for name, file, own in self.mismatched]
        types = Counter(f"{file} to {own}" for _, file, own in self.cast)
        groups = {
            "missing in the file": list(self.missing),
            "not in the net": list(self.unexpected),
            "other shape": shapes,
            "head left out": list(self.left_out),
            "cast": [f"{pair} ({plural(count, 'tensor')})" for pair, count in types.items()],
        }
        told = [f"{title}: {_listed(names)}" for title, names in groups.items() if names]
        dead = [f"{plural(len(self.dead), 'dead tensor')} left out"] if self.dead else []
        return "; ".join([self._fitting(), *told, *dead])

    def _fitting(self) -> str:
        fits = f"{plural(len(self.loaded), 'tensor')} {'fits' if len(self.loaded) == 1 else 'fit'}"
        shares = {"parameters": self.params, "FLOPs": self.flops}
        told = [f"{percent(share)} of the {what}" for what, share in shares.items() if share is not None]
        return f"{fits} ({', '.join(told)})" if told else fits


def mismatch(message: str, hint: str) -> ArchlabError:
    """Why the weights of a file were not loaded into a net; `message` holds the report."""
    return ArchlabError("The weights were not loaded.", [Diagnostic(code="AL607", message=message, hint=hint)])


def _listed(names: list[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
