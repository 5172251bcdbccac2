"""Why a value is not of a type, in a user's words: msgspec says it in those of Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect as mi

from archlab.document.diagnostics import nearest_word
from archlab.document.json_text import describe

WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
# msgspec's: what was expected, then where, as in "Expected `int`, got `str` - at `$[1].size`".
PLACE = re.compile(r"(?s)(.*) - at `\$(.*)`")
STEP = re.compile(r"\[(\d+)\]|\.(\w+)")
EXPECTED = re.compile(r"Expected `([a-z |]+)`(.*?)(?:, got .*)?")


class Fault(msgspec.Struct, frozen=True):
    """A sentence on what was expected and found, and where in the value: `[1]`, or nothing for the whole value."""

    message: str
    subpath: str = ""

    def __str__(self) -> str:
        return self.message


def fault_of(error: msgspec.ValidationError, value: Any, type_: Any) -> Fault:
    """The fault of a plain JSON value that msgspec did not take as `type_`."""
    place = PLACE.fullmatch(str(error))
    text, subpath = place.groups() if place else (str(error), "")
    subpath, mapping, _ = subpath.partition("[...]")  # one of a mapping's values: msgspec does not say which
    infos = list(_alternatives(mi.type_info(type_)))
    for step in STEP.finditer(subpath):
        index, name = step.groups()
        value = value[int(index)] if index else value[name]
        infos = [inner for outer in infos for inner in _inside(outer, index, name)]
    if mapping:
        return Fault(f"One of the values is wrong. {_expected(text, [])}", subpath)
    words = [one for one in _values(infos) if isinstance(one, str)]
    near = nearest_word(value, words) if isinstance(value, str) else None
    meant = "" if near is None else f' Did you mean "{near}"?'
    return Fault(f"{_expected(text, infos)} Found {describe(value)}.{meant}", subpath)


def _expected(text: str, infos: list[mi.Type]) -> str:
    """What was expected, as a sentence; `infos` are the types that may stand there."""
    values = _values(infos)
    if text.startswith("Invalid enum value") and values:
        listed = ", ".join(msgspec.json.encode(value).decode() for value in values)
        return f"Expected {'one of ' if len(values) > 1 else ''}{listed}."
    if text == "Number out of range":
        return "Expected a number of at most 1.8e308."
    plain = EXPECTED.fullmatch(text)
    if plain is None:
        text = text.replace("Object missing required field", "Expected an object with the field")
        return text.replace("`", '"').rstrip(".") + "."
    *others, last = [WORDS.get(word, word) for word in plain[1].split(" | ")]
    either = f"{', '.join(others)} or {last}" if others else last
    return f"Expected {either}{plain[2]}."


def _values(infos: list[mi.Type]) -> list[Any]:
    """The values that types which list them take."""
    values = [value for info in infos if isinstance(info, mi.LiteralType) for value in info.values]
    return values + [member.value for info in infos if isinstance(info, mi.EnumType) for member in info.cls]


def _alternatives(info: mi.Type) -> Iterator[mi.Type]:
    """The types of a union, without what is annotated to them."""
    if isinstance(info, mi.Metadata):
        yield from _alternatives(info.type)
    elif isinstance(info, mi.UnionType):
        for inner in info.types:
            yield from _alternatives(inner)
    else:
        yield info


def _inside(info: mi.Type, index: str | None, name: str | None) -> Iterator[mi.Type]:
    """The types at one step into a list (`index`) or an object (`name`)."""
    match info:
        case mi.ListType() | mi.VarTupleType() | mi.SetType() | mi.FrozenSetType() if index:
            yield from _alternatives(info.item_type)
        case mi.TupleType() if index and int(index) < len(info.item_types):
            yield from _alternatives(info.item_types[int(index)])
        case mi.StructType() if name:
            for field in info.fields:
                if field.encode_name == name:
                    yield from _alternatives(field.type)
