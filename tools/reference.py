#!/usr/bin/env python3
"""Make `docs/reference` and `docs/cells` from the parts, the public names and the command line.

`python tools/reference.py` writes; with `--check` it only compares, and fails on a difference. Pages and pictures of
codes that are gone are removed.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cell_pages
import fields
import fusion_pictures
import typer

import archlab
from archlab.cli.app import app
from archlab.parts import catalog

DOCS = Path(__file__).parents[1] / "docs"
MADE = ("reference", "cells", "img/cells", "img/fusions")  # folders that hold nothing else
NOTE = "<!-- Made by tools/reference.py; edit the docstrings, not this page. -->\n"
SHELVES = {
    "cells": "Cells are the entries of a block, written as two-character words in its cell string.",
    "links": "Links carry a map from node to node. Down is towards coarser levels, up towards finer ones.",
    "layouts": "Layouts derive every block and link from a few fields.",
    "stems": "A stem stands before the backbone and may reduce the resolution.",
    "necks": "A neck stands on all outputs of the backbone and hands on others. "
    "[A neck of your own](../how-to/neck.md) says how to write one.",
    "heads": "A head stands on the backbone's outputs: by default on the last, some read all.",
    "merges": "A merge makes one map of those that several links bring to a node; a layout says which, by its word.",
}


def pages() -> dict[str, str]:
    """Every page by its path under `docs`."""
    content = catalog.export(catalog.default()).to_dict()
    made = {f"reference/{name}.md": _shelf(name, intro, content[name]) for name, intro in SHELVES.items()}
    made |= {"reference/python.md": _python(), "reference/command-line.md": _command_line()}
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    return made | cell_pages.files() | fusion_pictures.files() | {"README.md": cell_pages.listed(index)}


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them; status 1 where they differ."""
    made, only_compare = pages(), "--check" in arguments
    stale = [name for name, text in made.items() if not _holds(DOCS / name, text)]
    for name in [] if only_compare else stale:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(made[name], encoding="utf-8")
    known = {DOCS / name for name in made}
    gone = [path for folder in MADE for path in (DOCS / folder).glob("*.*") if path not in known]
    for path in [] if only_compare else gone:
        path.unlink()
    if only_compare and (stale or gone):
        names = ", ".join([*stale, *(str(path.relative_to(DOCS)) for path in gone)])
        print(f"docs are out of date: {names}. Run: python tools/reference.py")
        return 1
    print(f"docs: {len(made)} pages and pictures, {len(stale)} changed, {len(gone)} removed")
    return 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _shelf(name: str, intro: str, entries: list[dict[str, Any]]) -> str:
    """A page of parts; the codes of one cell class share an entry."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        parts.setdefault(entry.get("class") or entry["type"], []).append(entry)
    sections = [_part(group) for group in parts.values()]
    return f"{NOTE}\n# {name.capitalize()}\n\n{intro}\n\n" + "\n".join(sections)


def _part(group: list[dict[str, Any]]) -> str:
    first = group[0]
    words = " ".join(f"[`{e['code']}`](../cells/{e['code']}.md)" if "code" in e else f"`{e['type']}`" for e in group)
    lines = [f"## {words}", "", first["doc"], ""]
    for entry in group:
        if entry.get("preset"):
            lines += [f"`{entry['code']}` fixes {fields.fixed(entry['preset'])}.", ""]
    if first["source"]:
        lines += [f"Source: {first['source']}.", ""]
    found = {k: v for entry in group for k, v in entry["schema"]["properties"].items()}
    if found:
        lines += [*fields.table(found), ""]
    return "\n".join(lines)


def _python() -> str:
    lines = [NOTE, "# Python", "", "`import archlab as al`. Nothing here loads torch until something needs it.", ""]
    for name in archlab.__all__:
        value = getattr(archlab, name)
        lines += [f"## `al.{name}`", ""]
        signature = _signature(name, value)
        if signature:
            lines += ["```python", signature, "```", ""]
        lines += [_prose(value), ""]
        if inspect.isclass(value):
            lines += _members(name, value)
    return "\n".join(lines)


def _members(name: str, cls: type) -> Iterable[str]:
    """What a class has to call and to read, apart from its fields, which stand in its signature, and from torch's."""
    members: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        members |= vars(base) if base.__module__.startswith("archlab.") else {}
    for word, member in members.items():
        plain = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if word.startswith("_") or not inspect.isfunction(plain) or not plain.__doc__:
            continue
        yield from (f"### `{name}.{word}`", "")
        if not isinstance(member, property):
            signature = _signature(word, inspect.unwrap(plain))
            yield from ("```python", re.sub(r"\((?:\n    self,|self, |self(?=\)))", "(", signature), "```", "")
        yield from (_prose(plain), "")


def _signature(name: str, value: Any) -> str:
    try:
        text = f"{name}{inspect.signature(value)}"
    except (ValueError, TypeError):
        return ""
    text = re.sub(r"(: |-> )(['\"])(.*?)\2", r"\1\3", text)  # annotations are written as texts, defaults as values
    text = re.sub(r"\b(?:archlab|typing|collections|pathlib)(?:\.\w+)*\.(\w+)", r"\1", text)  # as one imports them
    if len(text) <= 100:
        return text
    opening, inner, closing = text.partition("(")[0], text.partition("(")[2].rpartition(")")[0], text.rpartition(")")[2]
    return f"{opening}(\n    " + ",\n    ".join(_arguments(inner)) + f",\n){closing}"


def _arguments(inner: str) -> Iterable[str]:
    """Arguments parted at commas that stand in no bracket."""
    depth, start = 0, 0
    for i, letter in enumerate(inner):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            yield inner[start:i].strip()
            start = i + 1
    yield inner[start:].strip()


def _prose(value: Any) -> str:
    """A docstring as Markdown: its sections as lists."""
    lines = []
    for line in inspect.cleandoc(value.__doc__ or "").splitlines():
        heading = re.fullmatch(r"(Args|Attributes|Raises|Returns):", line)
        entry = re.fullmatch(r"    (\w[\w, ]*): (.*)", line)
        if heading:
            lines += [f"**{heading[1]}**", ""]
        elif entry:
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        else:
            lines.append("  " + line.strip() if line.startswith("        ") else line)
    return "\n".join(lines)


def _command_line() -> str:
    intro = (
        "Every command has `--json` for machines. Exit status: 0 sound or done, 1 unsound or failed, 2 wrong usage. "
        "`FILE` may be `-` for standard input."
    )
    lines = [NOTE, "# Command line", "", intro, ""]
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        for path, leaf in _leaves(f"archlab {name}", command):
            lines += _command(path, leaf)
    return "\n".join(lines)


def _leaves(path: str, command: Any) -> Iterable[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if not inner:
        yield path, command
    else:
        for name, child in inner.items():
            yield from _leaves(f"{path} {name}", child)


def _command(path: str, command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and "--help" not in p.opts]
    usage = " ".join([path, *(a.metavar or a.name.upper() for a in arguments)])
    lines = [f"## `{usage}`", "", inspect.cleandoc(command.help or ""), ""]
    rows = [(f"`{a.metavar or a.name.upper()}`", a.help or "") for a in arguments]
    rows += [(", ".join(f"`{o}`" for o in (*p.opts, *p.secondary_opts)), _option_help(p)) for p in options]
    lines += ["| | |", "|---|---|", *(f"| {word} | {fields.cell(text)} |" for word, text in rows), ""]
    return lines


def _option_help(option: Any) -> str:
    default = option.default
    shown = default is not None and not isinstance(default, bool) and not callable(default) and default != ()
    return f"{option.help or ''} Default: `{default}`." if shown else option.help or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
