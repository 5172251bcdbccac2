"""The registry: which parts there are, looked up by the words of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archlab.part import Cell, Head, Layout, Link, Part, Stem


class Registry:
    """Parts by their words. `archlab.catalog.default()` holds ours and those of installed plugins."""

    def __init__(self) -> None:
        self.codes: dict[str, tuple[type[Cell], Mapping[str, Any]]] = {}
        self.links: dict[str, type[Link]] = {}
        self.layouts: dict[str, type[Layout]] = {}
        self.stems: dict[str, type[Stem]] = {}
        self.heads: dict[str, type[Head]] = {}
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
        """Add a part; usable as a class decorator. A word that another part has already raises ValueError."""
        self.version += 1
        _hashable(part)
        if issubclass(part, Cell):
            for code, preset in part.codes.items():
                if len(code) != 2 or not code.isascii() or not code.isalnum():
                    raise ValueError(f"{part.__name__}: the code {code!r} must be two ASCII letters or digits.")
                self._claim(code, part, self.codes.get(code, (None,))[0])
                self.codes[code] = (part, dict(preset))
            return part
        shelves: list[tuple[type[Part], dict[str, Any]]] = [
            (Link, self.links),
            (Layout, self.layouts),
            (Stem, self.stems),
            (Head, self.heads),
        ]
        for base, shelf in shelves:
            if issubclass(part, base):
                word = str(getattr(part, "type", ""))
                if not word:
                    raise ValueError(f"{part.__name__}: a {base.__name__.lower()} needs a class variable `type`.")
                self._claim(word, part, shelf.get(word))
                shelf[word] = part
                return part
        raise TypeError(f"{part.__name__} is not a Cell, Link, Layout, Stem or Head.")

    @staticmethod
    def _claim(word: str, part: type[Part], owner: type[Part] | None) -> None:
        # A notebook cell that is run again defines the same class anew: that replaces, it does not clash.
        if owner is not None and (owner.__module__, owner.__qualname__) != (part.__module__, part.__qualname__):
            raise ValueError(f'"{word}" is taken by {owner.__module__}.{owner.__qualname__}; choose another word.')


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
