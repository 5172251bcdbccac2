"""The base of all parts that one extends: Cell, Link, Layout, Stem, Neck, Head, Merge.

A part is a frozen msgspec struct. Its fields are its schema: the form in the editor, the check on reading, the
JSON Schema, the docs and the command line all come from them, and its docstring's first line is its tooltip.
A part file imports no torch; `build()` imports its module inside the function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec

# Maps on which the tests try a part, as an input is written, and where needed the fields that fit such a map:
# ("8x16x16", ("8x3x7x9", {"window": (1, 4, 4), "pad": True})). "8x16x16 + 2 tokens" is a map that carries extra
# tokens. `archlab.testing` says how they are used.
Samples = Sequence[str | tuple[str, Mapping[str, Any]]]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """Anything that a document names by a word and configures by fields."""

    icon: ClassVar[str] = "M3 3h10v10h-10z"  # 16x16 SVG path
    source: ClassVar[str] = ""  # paper and section, shown in docs
    samples: ClassVar[Samples] = ()  # on what the tests try it; the first and the last are compiled too
    # Plain maps, maps that carry extra tokens (`FeatureMap.tokens`), or both; the graph refuses what it does not read.
    reads: ClassVar[Literal["map", "tokens", "both"]] = "map"
