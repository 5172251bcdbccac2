"""The text of a file as JSON values: within the limits, without duplicate keys, every number one that JSON has."""

from __future__ import annotations

import json
from typing import Any

from archlab.document.diagnostics import Diagnostic
from archlab.document.limits import MAX_BYTES, MAX_NESTING
from archlab.text.numbers import exact


class Unreadable(Exception):
    """The text is no JSON, or larger than a document may be; `diagnostic` says why."""

    def __init__(self, code: str, message: str, hint: str = "", span: tuple[int, int] | None = None) -> None:
        self.diagnostic = Diagnostic(code=code, message=message, hint=hint, span=span)


def parse_json(text: str | bytes) -> Any:
    """JSON within the limits: 1 MiB, nesting 64, no duplicate keys, no NaN."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise Unreadable(
            "AL001", f"The text has {exact(len(raw))} bytes; the limit is {exact(MAX_BYTES)}.", "Is it the right file?"
        )
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "Save the file as UTF-8."
        raise Unreadable("AL002", f"The text is not UTF-8: byte {error.start} cannot be read.", hint) from None
    if not decoded.strip():
        raise Unreadable("AL003", "The text is empty.", "Start from a template: archlab new hrnet -o my.arch.json")
    depth = _nesting(decoded)
    if depth > MAX_NESTING:
        raise Unreadable("AL004", f"The JSON is nested {depth} deep; the limit is {MAX_NESTING}.")
    try:
        return json.loads(decoded, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        span = (error.pos, min(error.pos + 1, len(decoded)))
        raise Unreadable("AL005", f"The text is not JSON: {error.msg} at {where}.", "", span) from None
    except ValueError as error:  # an integer of thousands of digits
        raise Unreadable("AL005", f"The text is not JSON that can be read: {error}.") from None


def _nesting(text: str) -> int:
    depth = deepest = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise Unreadable("AL006", f'The key "{key[:80]}" stands twice in one object.', "Keep one of the two.")
        seen[key] = value
    return seen


def _no_constant(word: str) -> Any:
    raise Unreadable("AL005", f"The text is not JSON: {word} is no JSON number.")


def describe(value: Any) -> str:
    """A JSON value in words, short enough for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = repr(value)
        return f"the number {text if len(text) <= 20 else text[:17] + '...'}"
    if isinstance(value, str):
        return f'the text "{value[:40]}{"..." if len(value) > 40 else ""}"'
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    return "an object"
