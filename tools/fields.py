"""Fields of parts as rows of a Markdown table, from their JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

HEAD = ["| field | values | default | |", "|---|---|---|---|"]


def table(fields: Mapping[str, dict[str, Any]]) -> list[str]:
    """A row per field: its name, what it takes, its default, what it says."""
    rows = [f"| `{k}` | {_values(f)} | {_default(f)} | {cell(f.get('description', ''))} |" for k, f in fields.items()]
    return [*HEAD, *rows] if rows else []


def cell(text: str) -> str:
    """Text that stays in its cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def fixed(preset: Mapping[str, Any]) -> str:
    """`mixer = "none", shift = true`."""
    return ", ".join(f"{k} = {json.dumps(v)}" for k, v in preset.items())


def _values(field: dict[str, Any]) -> str:
    """What a field takes, from its JSON Schema."""
    if "enum" in field:
        return ", ".join(f"`{v}`" for v in field["enum"])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_values(option) for option in field["anyOf"]))
    if field.get("type") == "array":
        return f"list of {_values(field.get('items', {}))}"
    words = {"integer": "whole number", "number": "number", "boolean": "true, false", "null": "null", "string": "text"}
    word = words.get(field.get("type", ""), "any")
    low, high = field.get("minimum", field.get("exclusiveMinimum")), field.get("maximum")
    return (
        word
        if low is None and high is None
        else f"{word}, {'…' if low is None else low} to {'…' if high is None else high}"
    )


def _default(field: dict[str, Any]) -> str:
    return f"`{json.dumps(field['default'])}`" if "default" in field else "required"
