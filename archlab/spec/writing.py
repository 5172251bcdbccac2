"""Canonical text of a document: a diff of two files shows what the designer changed."""

from __future__ import annotations

import json
from typing import Any

from archlab.spec.document import Spec

WIDTH = 100


def dumps(spec: Spec) -> str:
    """The document as JSON text: canonical order, short things on one line, a newline at the end."""
    return _layout(spec.to_dict(), "", 0) + "\n"


def _layout(value: Any, indent: str, used: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not isinstance(value, dict | list) or not value or (len(indent) + used + len(flat) <= WIDTH and indent):
        return flat
    inner = indent + "  "
    if isinstance(value, dict):
        rows = []
        for key, entry in value.items():
            name = json.dumps(key, ensure_ascii=False) + ": "
            rows.append(f"{inner}{name}{_layout(entry, inner, len(name))}")
        return "{\n" + ",\n".join(rows) + "\n" + indent + "}"
    rows = [inner + _layout(entry, inner, 0) for entry in value]
    return "[\n" + ",\n".join(rows) + "\n" + indent + "]"
