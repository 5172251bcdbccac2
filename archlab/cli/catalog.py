"""`archlab catalog`: what can be used in a document."""

from __future__ import annotations

import json
import textwrap
from typing import Annotated, Any

import typer

from archlab.cli.files import Json
from archlab.cli.output import print_json, tell
from archlab.document.diagnostics import did_you_mean
from archlab.parts import catalog as parts
from archlab.text.sentences import either

SHELVES = ("cells", "links", "layouts", "stems", "necks", "heads", "merges")


def catalog(
    word: Annotated[
        str, typer.Argument(metavar="[WORD]", help="A part (T1, patch_merge, hrnet), or a shelf: cells, links, ...")
    ] = "",
    as_json: Json = False,
) -> None:
    """List cells, links, layouts, stems, necks, heads, merges, templates and tasks; or tell all about one part."""
    registry = parts.default()
    for sentence in registry.errors:
        tell(sentence)
    content = parts.export(registry).to_dict()
    shelves = {name: _lines(content[name]) for name in SHELVES} | {"templates": _templates(), "tasks": _tasks()}
    entry = next((e for name in SHELVES for e in content[name] if word in (e.get("code"), e.get("type"))), None)
    if as_json:
        print_json(entry if entry is not None else content if not word else _shelf(word, content, shelves))
    elif entry is not None:
        _show_part(entry)
    else:
        _show(shelves if not word else {word: _shelf(word, shelves, shelves)})


def _shelf(word: str, found: dict[str, Any], shelves: dict[str, Any]) -> Any:
    if word not in shelves:
        if word in dict(shelves["templates"]):
            hint = f"It is a template: `archlab new {word}` writes it, and `archlab catalog templates` describes all."
            raise typer.BadParameter(f'"{word}" is no part. {hint}', param_hint="WORD")
        known = [line[0] for name, lines in shelves.items() if name in SHELVES for line in lines]
        raise typer.BadParameter(
            f'There is no part "{word}". {did_you_mean(word, [*shelves, *known])}', param_hint="WORD"
        )
    return found.get(word, [{"name": line[0], "title": line[1]} for line in shelves[word]])


def _lines(entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(e.get("code") or e["type"], e["title"] + _preset(e)) for e in entries]


def _preset(entry: dict[str, Any]) -> str:
    fixed = ", ".join(f"{k} = {v}" for k, v in entry.get("preset", {}).items())
    return f"  ({fixed})" if fixed else ""


def _templates() -> list[tuple[str, str]]:
    from archlab.templates import templates

    return [(t.name, f"{t.title}. {t.description}") for t in templates()]


def _tasks() -> list[tuple[str, str]]:
    from archlab.trainer import available_tasks

    return [(name, task.description) for name, task in available_tasks().items()]


def _show(shelves: dict[str, list[tuple[str, str]]]) -> None:
    from archlab.cli.tables import facts, show

    for name, lines in shelves.items():
        show(facts(name, lines or [("none", "installed; a plugin brings one")]))


def _show_part(entry: dict[str, Any]) -> None:
    from archlab.cli.tables import facts, say, show

    lines = [entry["doc"]]
    lines += [
        f"\n{name.capitalize()}:\n{textwrap.indent(text, '  ')}" for name, text in entry.get("page", {}).items() if text
    ]
    if entry["source"]:
        lines.append(f"\nSource: {entry['source']}")
    fixed = _preset(entry).strip(" ()")
    if fixed:
        lines.append(f"\nThe code fixes: {fixed}")
    say(*lines)
    fields = entry["schema"]["properties"]
    if fields:
        rows = [(name, f"{_kind(f)}{_default(f)}\n{f.get('description', '')}") for name, f in fields.items()]
        show(facts("\nFields", rows))


def _kind(field: dict[str, Any]) -> str:
    """Values that a field takes, in a few words, from its JSON Schema."""
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return either(dict.fromkeys(_kind(option) for option in field["anyOf"]))
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    word = {"integer": "whole number", "number": "number", "boolean": "true | false"}
    kind = word.get(field.get("type", ""), str(field.get("type", "any")))
    low, high = field.get("minimum", field.get("exclusiveMinimum")), field.get("maximum")
    bounds = " to ".join("…" if b is None else f"{b:g}" for b in (low, high))
    return kind if low is None and high is None else f"{kind} {bounds}"


def _default(field: dict[str, Any]) -> str:
    return "" if "default" not in field else f"; default {json.dumps(field['default'], ensure_ascii=False)}"
