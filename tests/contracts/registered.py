"""Every registered part, for the tests that try them all."""

from __future__ import annotations

from archlab.parts.catalog import default
from archlab.parts.part import Part
from archlab.testing.samples import words


def classes() -> list[type[Part]]:
    """Every cell, link, stem, neck, head, merge and layout of the default registry, once."""
    known = default()
    shelves = (known.links, known.stems, known.necks, known.heads, known.merges, known.layouts)
    return [*known.cells, *(cls for shelf in shelves for cls in shelf.values())]


def called() -> dict[str, tuple[type[Part], str]]:
    """Every word by a name that says its kind too: a link and a stem may have the same word."""
    return {
        word if cls in default().cells else f"{cls.__mro__[1].__name__}-{word}": (cls, word)
        for cls in classes()
        for word in words(cls)
    }
