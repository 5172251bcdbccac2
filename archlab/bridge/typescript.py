"""TypeScript text from Python types and values: an interface per struct, a constant per value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import inspect as mi


class Interfaces:
    """Collects an interface for every struct that is met, in the order in which they are met.

    Args:
        names: TypeScript's name of a struct where it is not Python's own.
        is_request: whether a class is something that the editor writes: what Python fills in may be left out of that,
            never of an answer.
        is_open: whether objects of a class may have further fields.
    """

    def __init__(
        self, names: Mapping[str, str], is_request: Callable[[type], bool], is_open: Callable[[type], bool]
    ) -> None:
        self._names = names
        self._is_request = is_request
        self._is_open = is_open
        self._done: dict[str, str] = {}

    @property
    def texts(self) -> list[str]:
        """The text of every interface and union that was asked for up to now, in that order."""
        return list(self._done.values())

    def expression(self, info: mi.Type) -> str:
        """The TypeScript expression of a type; TypeError for a type that has none."""
        match info:
            case mi.Metadata():
                return self.expression(info.type)
            case mi.IntType() | mi.FloatType():
                return "number"
            case mi.StrType():
                return "string"
            case mi.BoolType():
                return "boolean"
            case mi.NoneType():
                return "null"
            case mi.BytesType():
                return "BufferRef"
            case mi.AnyType():
                return "Json"
            case mi.LiteralType():
                return " | ".join(json.dumps(v) for v in info.values)
            case mi.ListType() | mi.VarTupleType():
                inner = self.expression(info.item_type)
                return f"({inner})[]" if " | " in inner else f"{inner}[]"
            case mi.TupleType():
                return "[" + ", ".join(self.expression(t) for t in info.item_types) + "]"
            case mi.DictType():
                return f"{{ [key: string]: {self.expression(info.value_type)} }}"
            case mi.UnionType():
                return " | ".join(dict.fromkeys(self.expression(t) for t in info.types))
            case mi.StructType():
                return self._interface(info)
        raise TypeError(f"No TypeScript for {info}.")

    def _interface(self, info: mi.StructType) -> str:
        """The name of a struct's interface, which is written when it is met first."""
        given = info.cls.__name__
        name = self._names.get(given, given).removesuffix("Json") or given
        if name in self._done:
            return name
        self._done[name] = ""  # its place: a struct comes before those that it mentions
        lines = []
        if info.tag_field:
            lines.append(f"  {info.tag_field}: {json.dumps(info.tag)};")
        for field in info.fields:
            # msgspec lists a field that may be unset as one that is not required and has no default.
            unset = field.default is field.default_factory is mi.NODEFAULT
            optional = not field.required and (unset or self._is_request(info.cls))
            key = field.encode_name if field.encode_name.isidentifier() else json.dumps(field.encode_name)
            lines.append(f"  {key}{'?' if optional else ''}: {self.expression(field.type)};")
        if self._is_open(info.cls):
            lines.append("  [field: string]: Json | undefined;")
        first = (info.cls.__doc__ or "").strip().split("\n")[0]
        self._done[name] = f"/** {first} */\nexport interface {name} {{\n" + "\n".join(lines) + "\n}\n"
        return name


def constant(name: str, value: Any, comment: str, type: str = "") -> str:
    """An exported constant. Without `type` its type is that very value, so that a misspelt word is a fault of types."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if type:
        return f"/** {comment} */\nexport const {name}: {type} = {text};\n"
    frozen = " as const" if isinstance(value, dict | list | tuple) else ""
    return f"/** {comment} */\nexport const {name} = {text}{frozen};\n"
