"""The front end knows no part by name: all of them come from the catalog."""

from __future__ import annotations

import re
from pathlib import Path

from archlab.parts import catalog

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "widgets" / "src"
# Words of the lattice itself, which are kinds of node or plain English as well as names of parts.
COMMON = {"none", "custom", "identity", "conv", "dense", "gate", "projection"}
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def sources() -> list[tuple[str, str]]:
    """Name and code, without comments, of every source file that is neither generated nor a test."""
    found = []
    for path in sorted(SOURCES.rglob("*.ts*")):
        name = path.relative_to(SOURCES).as_posix()
        if not name.startswith("generated/") and ".test." not in name:
            found.append((name, COMMENT.sub("", path.read_text(encoding="utf-8"))))
    return found


def part_names() -> set[str]:
    registry = catalog.default()
    shelves = (registry.links, registry.layouts, registry.stems, registry.necks, registry.heads, registry.merges)
    types = {word for shelf in shelves for word in shelf} - COMMON
    return {*registry.codes, *types}


def test_no_part_is_named_in_typescript() -> None:
    words = "|".join(sorted(map(re.escape, part_names()), key=len, reverse=True))
    quoted = re.compile(rf"""(["'`])(?:{words})+\1""")
    hits = [f"{name}: {match.group()}" for name, text in sources() for match in quoted.finditer(text)]
    assert not hits


def test_the_rule_looks_at_something() -> None:
    assert len(sources()) > 5
    assert {"T1", "hrnet", "patch_merge"} <= part_names()
