"""What stands before all names of a file: `module.` of parallel training, `backbone.` of a larger model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable


def unprefixed(names: Iterable[str], places: Container[str]) -> dict[str, str]:
    """Every name -> the same without what stands most often before one of the places that are looked for."""
    names = list(names)
    counts: Counter[str] = Counter()
    for name in names:
        words = name.split(".")
        for position in range(len(words)):
            if ".".join(words[position:]) in places:
                counts["".join(f"{word}." for word in words[:position])] += 1
                break
    before = max(counts, key=lambda prefix: (counts[prefix], -len(prefix)), default="")
    return {name: name.removeprefix(before) for name in names}
