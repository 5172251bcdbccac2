"""What archlab tells a user about a document: diagnostics, and the error that carries them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "info"]


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False, gc=False):
    """One thing to tell: what, where, what was expected, what to do.

    Attributes:
        code: stable number such as `AL012`; `docs/errors.md` lists them.
        severity: `error` (does not build), `warning` or `info`.
        path: JSON path into the document, such as `$.blocks.B22.cells[1].heads`.
        node: id of the node or link it belongs to, empty when it belongs to none.
        message: what was found and what was expected.
        hint: what to do, empty when there is nothing to add.
        span: first and last-plus-one character inside the string at `path`, when it is about a part of it.
    """

    code: str
    message: str
    severity: Severity = "error"
    path: str = "$"
    node: str = ""
    hint: str = ""
    span: tuple[int, int] | None = None

    def __str__(self) -> str:
        where = self.node or self.path
        return f"{self.code} {where}: {self.message}" + (f" {self.hint}" if self.hint else "")


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a part says about an input that it does not admit; `graph` adds where it happened."""

    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    field: str = ""

    def at(self, path: str, node: str = "", span: tuple[int, int] | None = None) -> Diagnostic:
        """The same, with the place in the document where it happened."""
        return Diagnostic(
            code=self.code,
            message=self.message,
            severity=self.severity,
            path=path,
            node=node,
            hint=self.hint,
            span=span,
        )


LISTED = 12  # words in a hint; who wants to see all asks the catalog


class ArchlabError(ValueError):
    """A document that cannot be read or built; `diagnostics` says everything that is wrong."""

    def __init__(self, message: str, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        lines = [message, *(f"  {d}" for d in self.diagnostics)]
        super().__init__("\n".join(lines))


def errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those that keep a document from being built."""
    return tuple(d for d in diagnostics if d.severity == "error")


class Suggestions:
    """`did_you_mean` over names that may be many: prepared once, and given up after a few words."""

    def __init__(self, known: Iterable[str], limit: int = 20) -> None:
        self._known = frozenset(known)
        self._sorted: list[str] | None = None
        self._left = limit

    def __contains__(self, word: object) -> bool:
        return word in self._known

    def of(self, word: str) -> str:
        """A sentence as `did_you_mean` gives; empty once the limit is reached."""
        if self._left == 0:
            return ""
        self._left -= 1
        if self._sorted is None:
            self._sorted = sorted(self._known)
        return did_you_mean(word, self._sorted)


def nearest_word(word: str, known: Sequence[str]) -> str | None:
    """The known word that somebody who wrote `word` most likely means; None where none is near."""
    near = difflib.get_close_matches(word, known, n=LISTED, cutoff=0.6)
    if not near:
        return next((k for k in known if k.lower() == word.lower()), None)

    def likeness(other: str) -> float:
        return difflib.SequenceMatcher(None, other, word).ratio()

    return max((k for k in known if k in near), key=likeness)  # the first of those that are equally near


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """A sentence naming the nearest known word, or listing what there is."""
    near = nearest_word(word, known)
    if near is not None:
        return f'Did you mean "{near}"?'
    listed = ", ".join(known[:LISTED]) + (f" and {len(known) - LISTED} more" if len(known) > LISTED else "")
    return f"Known: {listed}." if known else ""
