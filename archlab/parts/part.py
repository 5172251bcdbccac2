"""The bases one extends: Cell, Link, Layout, Stem, Head, Merge.

A part is a frozen msgspec struct. Its fields are its schema: the form in the editor, the check on reading, the
JSON Schema, the docs and the command line all come from them, and its docstring's first line is its tooltip.
A part file imports no torch; `build()` imports its module inside the function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    pass


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, cache_hash=True):
    """Anything that a document names by a word and configures by fields."""

    icon: ClassVar[str] = "M3 3h10v10h-10z"  # 16x16 SVG path
    source: ClassVar[str] = ""  # paper and section, shown in docs
