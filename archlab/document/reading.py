"""Reading a document: limits, JSON without duplicate keys, version, then a walker that reports everything.

The walker judges the frame (which fields, of which type). What parts make of their own fields is judged when the
document is expanded, so that one wrong field does not hide the rest of the network.
"""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec

from archlab.document.diagnostics import Diagnostic, did_you_mean, errors
from archlab.document.entries import Block, Cells, CellStrings, Input, LinkOverride, PartRef, as_cell, as_input
from archlab.document.json_text import Unreadable, describe, parse_json
from archlab.document.limits import MAX_AXIS, MAX_LEVELS, MAX_NAME, MAX_NESTING
from archlab.document.spec import COMPATS, FORMAT, Spec
from archlab.document.values import EMPTY, FrozenMap, Params, freeze


class Reading(msgspec.Struct, frozen=True):
    """What came of reading: a document, or None, and everything that was wrong.

    `draft` is what could be read of a document that is none: to look for further faults in it, never to be used.
    """

    spec: Spec | None
    diagnostics: tuple[Diagnostic, ...] = ()
    draft: Spec | None = None


def read_text(text: str | bytes) -> Reading:
    """Read a document from the text of a file. Never raises on what the text holds."""
    try:
        return read_data(parse_json(text))
    except Unreadable as stop:
        return Reading(None, (stop.diagnostic,))


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
            cells=self.cell_strings(data.get("cells", "C2")),
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
            level_options=self.level_options(data.get("level_options", [])),
            stem=self.part(data.get("stem", {"type": "none"}), "$.stem", "The stem"),
            neck=self.neck(data.get("neck")),
            head=None if data.get("head") is None else self.part(data["head"], "$.head", "The head"),
            outputs=self.outputs(data.get("outputs")),
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

    def neck(self, value: Any) -> tuple[PartRef, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            return (self.part(value, "$.neck", "The neck"),)
        if not value:
            self.report("AL013", "$.neck", "The list of the neck's parts is empty.", "Write null for no neck.")
        return tuple(self.part(part, f"$.neck[{i}]", "A part of the neck") for i, part in enumerate(value))

    def outputs(self, value: Any) -> tuple[str, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list):
            self.report("AL010", "$.outputs", f"Expected a list of node ids, found {describe(value)}.")
            return None
        if not value:
            self.report("AL013", "$.outputs", "The list of outputs is empty.", "Write null for those of the layout.")
        for index, id in enumerate(value):
            if not isinstance(id, str):
                self.report("AL010", f"$.outputs[{index}]", f"Expected the id of a node, found {describe(id)}.")
        return tuple(id for id in value if isinstance(id, str)) or None

    def level_options(self, value: Any) -> tuple[Params, ...]:
        if not isinstance(value, list):
            message = f"level_options must be a list, one object per level, not {describe(value)}."
            self.report("AL010", "$.level_options", message)
            return ()
        if len(value) > MAX_LEVELS:
            message = f"Options are given for {len(value)} levels; the limit is {MAX_LEVELS}."
            self.report("AL014", "$.level_options", message)
        return tuple(
            freeze(self.object(fields, f"$.level_options[{level}]", f"The options of level {level}"))
            for level, fields in enumerate(value[:MAX_LEVELS])
        )

    def cell_strings(self, value: Any) -> CellStrings:
        if isinstance(value, str):
            return value
        if not self.filled(value, "$.cells", "a cell string or a list of them"):
            return "C2"
        return tuple(self.column(entry, f"$.cells[{i}]") for i, entry in enumerate(value))

    def column(self, value: Any, path: str) -> str | tuple[str, ...]:
        """One entry of `cells`: a string, or a list of strings by level."""
        if isinstance(value, str):
            return value
        if not self.filled(value, path, "a cell string or a list of them"):
            return "C2"
        for level, entry in enumerate(value):
            if isinstance(entry, list):
                message = "The cells are nested three deep; they are listed by column and level at most."
                self.report("AL010", f"{path}[{level}]", message)
            elif not isinstance(entry, str):
                self.report("AL010", f"{path}[{level}]", f"Expected a cell string, found {describe(entry)}.")
        return tuple(entry if isinstance(entry, str) else "C2" for entry in value)

    def filled(self, value: Any, path: str, what: str) -> bool:
        """Whether this is a list with entries."""
        if not isinstance(value, list) or not value:
            self.report("AL010", path, f"Expected {what}, found {describe(value)}.")
        return isinstance(value, list) and bool(value)

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
