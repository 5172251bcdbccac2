"""The registry: which parts there are, looked up by the words of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlab.document.making import field_types
from archlab.document.values import FrozenMap
from archlab.parts.cell import Cell
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.link import Link
from archlab.parts.merge import Merge
from archlab.parts.merges import found
from archlab.parts.neck import Neck
from archlab.parts.part import Part
from archlab.parts.stem import Stem


class Registry:
    """Parts by their words. `archlab.parts.catalog.default()` holds ours and those of installed plugins."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[type[Cell], Mapping[str, Any]]] = {}
        self.links: dict[str, type[Link]] = {}
        self.layouts: dict[str, type[Layout]] = {}
        self.stems: dict[str, type[Stem]] = {}
        self.necks: dict[str, type[Neck]] = {}
        self.heads: dict[str, type[Head]] = {}
        self.merges: dict[str, type[Merge]] = {merge.type: merge for merge in found()}  # no net does without
        self.version = 0  # grows with every registration, so that nothing remembers an old class
        self.errors: list[str] = []  # plugins that could not be loaded, as sentences

    @property
    def cells(self) -> list[type[Cell]]:
        """Every cell class once, in order of registration."""
        return list(dict.fromkeys(cls for cls, _ in self.codes.values()))

    def cell(self, code: str) -> tuple[type[Cell], Mapping[str, Any]] | None:
        """The class and the preset fields of a code; None when there is no such code."""
        return self.codes.get(code)

    def register(self, part: type[Part]) -> type[Part]:
        """Add a part, or put its new form in place of the old; usable as a class decorator.

        Raises ValueError for a word that another part has, or that is none; nothing is registered then.
        """
        shelf, entries = self._entries(part)
        for word in entries:
            owner = _owner(shelf.get(word))
            if owner is not None and not _same(owner, part):
                raise ValueError(f'"{word}" is taken by {owner.__module__}.{owner.__qualname__}; choose another word.')
        _readable(part)
        _hashable(part)
        # A notebook cell that is run again defines the same class anew, maybe with other words.
        for word in [word for word, entry in shelf.items() if _same(_owner(entry), part)]:
            if word not in entries:
                del shelf[word]
        shelf.update(entries)
        self.version += 1
        return part

    def _entries(self, part: type[Part]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where the part belongs, and its words with what stands for them there."""
        if not (isinstance(part, type) and issubclass(part, Part)):
            raise TypeError(f"A class of a part is registered, not {part!r}.")
        if issubclass(part, Cell):
            for code in part.codes:
                if len(code) != 2 or not code.isascii() or not code.isalnum():
                    raise ValueError(f"{part.__name__}: the code {code!r} must be two ASCII letters or digits.")
            return self.codes, {code: (part, FrozenMap(preset)) for code, preset in part.codes.items()}
        shelves: list[tuple[type[Part], dict[str, Any]]] = [
            (Link, self.links),
            (Layout, self.layouts),
            (Stem, self.stems),
            (Neck, self.necks),
            (Head, self.heads),
            (Merge, self.merges),
        ]
        for base, shelf in shelves:
            if issubclass(part, base):
                word = str(getattr(part, "type", ""))
                if not word:
                    raise ValueError(f"{part.__name__}: a {base.__name__.lower()} needs a class variable `type`.")
                return shelf, {word: part}
        raise TypeError(f"{part.__name__} is not a Cell, Link, Layout, Stem, Neck, Head or Merge.")


def _owner(entry: Any) -> type[Part] | None:
    owner: type[Part] | None = entry[0] if isinstance(entry, tuple) else entry
    return owner


def _same(owner: type[Part] | None, part: type[Part]) -> bool:
    return owner is not None and (owner.__module__, owner.__qualname__) == (part.__module__, part.__qualname__)


def _readable(part: type[Part]) -> None:
    """Refuse a part whose fields have types that nobody can look up: its options could not be checked."""
    try:
        field_types(part)
    except NameError as error:
        raise ValueError(
            f"{part.__name__}: the type of a field cannot be looked up: {error}. Import that name at the top of "
            "the module, or leave out `from __future__ import annotations`."
        ) from None


def _hashable(part: type[Part]) -> None:
    """Refuse a part with a field such as a list: costs and shapes are remembered by the part's value."""
    try:
        instance = part()
    except TypeError:  # it has required fields
        return
    try:
        hash(instance)
    except TypeError as error:
        raise ValueError(f"{part.__name__}: {error}; use tuples for fields that hold several values.") from None
