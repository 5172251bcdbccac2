"""What stands before all names of a file: `module.` of parallel training, `backbone.` of a larger model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from archlab.checkpoints.report import mismatch
from archlab.text.sentences import plural


def unprefixed(names: Iterable[str], places: Collection[str]) -> dict[str, str]:
    """Every name -> the same without what stands most often before one of the places that are looked for.

    Names without anything before them are preferred to others as many. Raises ArchlabError where two prefixes stand
    equally often, before half of the places or more.
    """
    names = list(names)
    counts: Counter[str] = Counter()
    for name in names:
        words = name.split(".")
        for position in range(len(words)):
            if ".".join(words[position:]) in places:
                counts["".join(f"{word}." for word in words[:position])] += 1
                break
    before = max(counts, key=lambda prefix: (counts[prefix], -len(prefix)), default="")
    equal = sorted(prefix for prefix, count in counts.items() if count == counts[before])
    if before and len(equal) > 1 and 2 * counts[before] >= len(places):
        each = plural(counts[before], "tensor")
        raise mismatch(
            f"Sets of weights fit equally: {' and '.join(equal)} ({each} each).",
            "Save the one that is meant in a file of its own.",
        )
    return {name: name.removeprefix(before) for name in names}
