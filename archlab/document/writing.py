"""Canonical text of a document: a diff of two files shows what the designer changed."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from archlab.document.spec import Spec

WIDTH = 100


def dumps(spec: Spec) -> str:
    """The document as JSON text: canonical order, short things on one line, a newline at the end."""
    return _layout(spec.to_dict(), "", 0) + "\n"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_flat(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flat(v) for v in value) + "]"
    if isinstance(value, float):
        return number(value)
    return json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """A number as JavaScript writes it (ECMAScript, Number::toString), so that the editor's text is this text."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number.")
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    minus = "-" if sign and value else ""
    if len(text) <= point <= 21:
        return minus + text + "0" * (point - len(text))
    if 0 < point <= 21:
        return f"{minus}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    power = f"e{point - 1:+d}"
    return minus + text[0] + (f".{text[1:]}" if len(text) > 1 else "") + power


def _layout(value: Any, indent: str, used: int) -> str:
    flat = _flat(value)
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
