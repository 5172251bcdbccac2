"""The cell-string grammar: whole two-character words, positions in every error."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from archlab.document.diagnostics import Diagnostic, did_you_mean
from archlab.document.limits import MAX_CELLS


class Word(msgspec.Struct, frozen=True):
    """One code of a cell string; `known` is False when no such cell exists."""

    code: str
    start: int
    known: bool

    @property
    def span(self) -> tuple[int, int]:
        """First and last-plus-one character."""
        return (self.start, self.start + len(self.code))


def words(text: str, codes: Collection[str], path: str = "$", node: str = "") -> tuple[list[Word], list[Diagnostic]]:
    """Split a cell string such as `T1L1G1` into its words; every fault is reported, none raises."""
    if not text:
        hint = "Write at least one code, such as C2."
        return [], [Diagnostic(code="AL020", path=path, node=node, message="The cell string is empty.", hint=hint)]
    if len(text) > 2 * MAX_CELLS:
        message = f"The cell string holds {len(text) // 2} cells; the limit is {MAX_CELLS}."
        hint = "Split it over more blocks."
        return [], [Diagnostic(code="AL023", path=path, node=node, message=message, hint=hint)]
    found = [
        Word(code, start, code in codes) for start in range(0, len(text), 2) for code in (text[start : start + 2],)
    ]
    return found, [_unknown(word, codes, path, node) for word in found if not word.known]


def _unknown(word: Word, codes: Collection[str], path: str, node: str) -> Diagnostic:
    code, known = word.code, sorted(codes)
    if len(code) == 1:
        number, message = "AL021", f'"{code}" at character {word.start + 1} is half a code: codes have two characters.'
        hint = did_you_mean(code, [k for k in known if k.startswith(code)] or known)
    else:
        number, message = "AL022", f'"{code}" at character {word.start + 1} is not a known code.'
        hint = did_you_mean(code, known)
    return Diagnostic(code=number, path=path, node=node, message=message, hint=hint, span=word.span)
