"""Reading a document: limits, JSON without duplicate keys, version, then a walker that reports everything.

The walker judges the frame (which fields, of which type). What parts make of their own fields is judged when the
document is expanded, so that one wrong field does not hide the rest of the network.
"""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec

from archlab.document.diagnostics import Diagnostic, did_you_mean, errors
from archlab.document.limits import MAX_AXIS, MAX_BYTES, MAX_NAME, MAX_NESTING
from archlab.document.spec import COMPATS, FORMAT, Block, Cells, Input, LinkOverride, PartRef, Spec, as_cell, as_input
from archlab.document.values import EMPTY, FrozenMap, Params, freeze
from archlab.text.numbers import exact


class Reading(msgspec.Struct, frozen=True):
    """What came of reading: a document, or None, and everything that was wrong.

    `draft` is what could be read of a document that is none: to look for further faults in it, never to be used.
    """

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...] = ()
    draft: Spec | None = None


class _Stop(Exception):
    def __init__(self, code: str, message: str, hint: str = "", span: tuple[int, int] | None = None) -> None:
        self.diagnostic = Diagnostic(code=code, message=message, hint=hint, span=span)


def read_text(text: str | bytes) -> Reading:
    """Read a document from the text of a file. Never raises on what the text holds."""
    try:
        return read_data(parse_json(text))
    except _Stop as stop:
        return Reading(None, (stop.diagnostic,))


def parse_json(text: str | bytes) -> Any:
    """JSON within the limits: 1 MiB, nesting 64, no duplicate keys, no NaN."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise _Stop(
            "AL001", f"The text has {exact(len(raw))} bytes; the limit is {exact(MAX_BYTES)}.", "Is it the right file?"
        )
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "Save the file as UTF-8."
        raise _Stop("AL002", f"The text is not UTF-8: byte {error.start} cannot be read.", hint) from None
    if not decoded.strip():
        raise _Stop("AL003", "The text is empty.", "Start from a template: archlab new hrnet -o my.arch.json")
    depth = _nesting(decoded)
    if depth > MAX_NESTING:
        raise _Stop("AL004", f"The JSON is nested {depth} deep; the limit is {MAX_NESTING}.")
    try:
        return json.loads(decoded, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        span = (error.pos, min(error.pos + 1, len(decoded)))
        raise _Stop("AL005", f"The text is not JSON: {error.msg} at {where}.", "", span) from None
    except ValueError as error:  # an integer of thousands of digits
        raise _Stop("AL005", f"The text is not JSON that can be read: {error}.") from None


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
            raise _Stop("AL006", f'The key "{key[:80]}" stands twice in one object.', "Keep one of the two.")
        seen[key] = value
    return seen


def _no_constant(word: str) -> Any:
    raise _Stop("AL005", f"The text is not JSON: {word} is no JSON number.")


def read_data(data: Any) -> Reading:
    """Read a document from parsed JSON. Never raises on what the data hold."""
    walker = _Walker()
    try:
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        spec = walker.spec(data)
    except UnicodeEncodeError as error:  # a lone surrogate, which no file could hold
        half = f"\\u{ord(error.object[error.start]):04x}"
        return Reading(None, (Diagnostic(code="AL002", message=f"A text holds half a character, {half}."),))
    except ValueError:
        return Reading(None, (Diagnostic(code="AL005", message="The document holds a number that JSON has not."),))
    except RecursionError:
        spec = None
        walker.report("AL004", "$", f"The document is nested too deeply; the limit is {MAX_NESTING}.")
    found = tuple(walker.found)
    if not errors(found):
        return Reading(spec, found)
    framed = isinstance(data, dict) and "input" in data and "layout" in data
    return Reading(None, found, spec if framed else None)


class _Walker:
    """Turns JSON into a Spec and collects a diagnostic for everything that does not fit."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def report(self, code: str, path: str, message: str, hint: str = "") -> None:
        self.found.append(Diagnostic(code=code, path=path, message=message, hint=hint))

    def object(self, value: Any, path: str, what: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.report("AL010", path, f"{what} must be an object, not {describe(value)}.")
        return {}

    def fields(self, value: dict[str, Any], path: str, known: list[str]) -> None:
        for key in value:
            if key not in known:
                self.report("AL011", f"{path}.{key}", f'Unknown field "{key[:80]}".', did_you_mean(key, known))

    def spec(self, data: Any) -> Spec | None:
        if not isinstance(data, dict):
            self.report("AL010", "$", f"A document is a JSON object, not {describe(data)}.")
            return None
        if not self.version(data):
            return None
        known = ["format", *(f for f in Spec.__struct_fields__)]
        self.fields(data, "$", known)
        for key in ("input", "layout"):
            if key not in data:
                self.report("AL012", f"$.{key}", f'The field "{key}" is missing.')
        return Spec(
            name=self.name(data.get("name", "untitled")),
            compat=self.compat(data.get("compat")),
            input=self.input(data.get("input", {"channels": 1, "size": [1, 1]})),
            layout=self.part(data.get("layout", {"type": ""}), "$.layout", "The layout"),
            cells=self.strings(data.get("cells", "C2"), "$.cells"),
            options=freeze(self.object(data.get("options", {}), "$.options", "options")),
            code_options=self.options_of("code_options", data),
            blocks=FrozenMap(
                (id, self.block(given, f"$.blocks.{id}"))
                for id, given in self.object(data.get("blocks", {}), "$.blocks", "blocks").items()
            ),
            link_options=self.options_of("link_options", data),
            links=FrozenMap(
                (id, self.link(given, f"$.links.{id}"))
                for id, given in self.object(data.get("links", {}), "$.links", "links").items()
            ),
            stem=self.part(data.get("stem", {"type": "none"}), "$.stem", "The stem"),
            head=None if data.get("head") is None else self.part(data["head"], "$.head", "The head"),
        )

    def version(self, data: dict[str, Any]) -> bool:
        found = data.get("format")
        if found == FORMAT:
            return True
        if found is None:
            self.report("AL007", "$.format", 'The field "format" is missing.', f'Write "format": "{FORMAT}".')
        elif isinstance(found, str) and found.startswith("archlab/"):
            hint = "Update archlab to read it."
            self.report("AL007", "$.format", f"The format {found!r} is newer than this archlab ({FORMAT}).", hint)
        else:
            self.report("AL007", "$.format", f"The format {describe(found)} is not archlab's ({FORMAT}).")
        return False

    def name(self, value: Any) -> str:
        if not isinstance(value, str):
            self.report("AL010", "$.name", f"The name must be a text, not {describe(value)}.")
            return "untitled"
        if len(value) > MAX_NAME:
            self.report("AL013", "$.name", f"The name has {len(value)} characters; the limit is {MAX_NAME}.")
        return value

    def compat(self, value: Any) -> str | None:
        if value is None or value in COMPATS:
            return cast("str | None", value)
        code, hint = ("AL013", did_you_mean(value, COMPATS)) if isinstance(value, str) else ("AL010", "")
        self.report(code, "$.compat", f"Expected the name of an original, found {describe(value)}.", hint)
        return None

    def options_of(self, key: str, data: dict[str, Any]) -> FrozenMap[Params]:
        """Options by code or by link kind."""
        given = self.object(data.get(key, {}), f"$.{key}", key)
        return FrozenMap(
            (word, freeze(self.object(fields, f"$.{key}.{word}", f'The options of "{word}"')))
            for word, fields in given.items()
        )

    def input(self, value: Any) -> Input:
        if isinstance(value, str):
            try:
                value = as_input(value)
            except ValueError as error:
                self.report("AL010", "$.input", str(error))
                return Input(channels=1, size=(1, 1))
            value = {"channels": value.channels, "size": list(value.size)}
        fields = self.object(value, "$.input", "The input")
        self.fields(fields, "$.input", ["channels", "size"])
        channels = self.axis(fields.get("channels"), "$.input.channels")
        size = fields.get("size")
        if not isinstance(size, list) or len(size) not in (2, 3):
            self.report("AL010", "$.input.size", f"The size must be [H, W] or [D, H, W], not {describe(size)}.")
            size = [1, 1]
        return Input(channels=channels, size=tuple(self.axis(n, f"$.input.size[{i}]") for i, n in enumerate(size)))

    def axis(self, value: Any, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self.report("AL010", path, f"Expected a whole number, found {describe(value)}.")
            return 1
        if not 1 <= value <= MAX_AXIS:
            self.report("AL013", path, f"{value} is outside 1 to {MAX_AXIS}.")
            return 1
        return value

    def part(self, value: Any, path: str, what: str) -> PartRef:
        fields = dict(self.object({"type": value} if isinstance(value, str) else value, path, what))
        kind = fields.pop("type", None)
        if not isinstance(kind, str):
            self.report("AL012", f"{path}.type", f'{what} needs a "type".')
            kind = ""
        return PartRef(type=kind, params=freeze(fields))

    def strings(self, value: Any, path: str) -> str | tuple[str, ...]:
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.report("AL010", path, f"Expected a cell string or a list of them, found {describe(value)}.")
        return "C2"

    def block(self, value: Any, path: str) -> Block:
        if isinstance(value, str | list):
            return Block(cells=self.cells(value, path))
        fields = self.object(value, path, "A block")
        self.fields(fields, path, [f for f in Block.__struct_fields__ if f != "wrapped"])
        return Block(
            cells=self.cells(fields["cells"], f"{path}.cells") if "cells" in fields else None,
            options=freeze(self.object(fields.get("options", {}), f"{path}.options", "options")),
            dense=self.flag(fields, "dense", path),
            channels=self.axis(fields["channels"], f"{path}.channels") if "channels" in fields else None,
            checkpoint=self.flag(fields, "checkpoint", path),
            wrapped=list(fields) == ["cells"],
        )

    def cells(self, value: Any, path: str) -> Cells:
        if isinstance(value, str):
            return value
        if not isinstance(value, list):
            self.report("AL010", path, f"Expected a cell string or a list of cells, found {describe(value)}.")
            return ()
        for index, entry in enumerate(value):
            if isinstance(entry, dict) and isinstance(entry.get("code"), str):
                continue
            if not isinstance(entry, str):
                message = f'A cell is a code or an object with a "code", not {describe(entry)}.'
                self.report("AL010", f"{path}[{index}]", message)
        return tuple(as_cell(e) for e in value if isinstance(e, str | dict))

    def link(self, value: Any, path: str) -> LinkOverride:
        fields = dict(self.object(value, path, "A link"))
        off = self.flag(fields, "off", path)
        fields.pop("off", None)
        kind = fields.pop("kind", None)
        if kind is not None and not isinstance(kind, str):
            self.report("AL010", f"{path}.kind", f"Expected the name of a link kind, found {describe(kind)}.")
            kind = None
        return LinkOverride(kind=kind, off=bool(off), params=freeze(fields) if fields else EMPTY)

    def flag(self, fields: dict[str, Any], name: str, path: str) -> bool | None:
        value = fields.get(name)
        if name not in fields or isinstance(value, bool):
            return value
        self.report("AL010", f"{path}.{name}", f"Expected true or false, found {describe(value)}.")
        return None


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
