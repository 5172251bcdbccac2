"""From fields as written to a part: every field judged, every fault with its path."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

import msgspec

from archlab.document.diagnostics import Diagnostic, did_you_mean
from archlab.document.reading import describe
from archlab.document.values import FrozenMap, thaw

P = TypeVar("P", bound=msgspec.Struct)


@functools.cache
def field_types(cls: type[msgspec.Struct]) -> Mapping[str, Any]:
    """Field name -> annotated type, in order."""
    hints = get_type_hints(cls, include_extras=True)
    return FrozenMap((name, hints[name]) for name in cls.__struct_fields__)


@functools.cache
def required_fields(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    """Names of the fields without a default; looked up once, as msgspec reads the annotations anew each time."""
    return tuple(f.name for f in msgspec.structs.fields(cls) if f.required)


def make(cls: type[P], fields: Mapping[str, Any], path: str, node: str = "") -> tuple[P | None, list[Diagnostic]]:
    """Build `cls` from JSON fields, and what is wrong with them.

    None when a value is wrong or missing; an unknown field is a fault that keeps nothing from being built.
    """
    types = field_types(cls)
    good: dict[str, Any] = {}
    faults: list[Diagnostic] = []
    sound = True
    for name, value in fields.items():
        where = f"{path}.{name}"
        if name not in types:
            message, hint = f'Unknown field "{name[:80]}".', did_you_mean(name, list(types))
            faults.append(Diagnostic(code="AL011", path=where, node=node, message=message, hint=hint))
            continue
        converted, fault = convert(value, types[name])
        if fault:
            sound = False
            faults.append(Diagnostic(code="AL013", path=where, node=node, message=f"{name}: {fault}"))
        else:
            good[name] = converted
    missing = [name for name in required_fields(cls) if name not in fields]
    for name in missing:
        message = f'The field "{name}" is missing.'
        faults.append(Diagnostic(code="AL012", path=f"{path}.{name}", node=node, message=message))
    if missing or not sound:
        return None, faults
    try:
        return cls(**good), faults
    except (TypeError, ValueError) as error:  # a part may judge its fields together
        return None, [*faults, Diagnostic(code="AL013", path=path, node=node, message=f"{error}")]


def convert(value: Any, type_: Any) -> tuple[Any, str]:
    """A JSON value as `type_`, or a sentence why not."""
    plain = thaw(value)
    try:
        return msgspec.convert(plain, type_), ""
    except msgspec.ValidationError as error:
        return None, f"{sentence(str(error))} Found {describe(plain)}."


def sentence(text: str) -> str:
    """msgspec's wording as a sentence for users."""
    text = text.split(" - at ")[0].replace("`", "")
    for old, new in (("int", "a whole number"), ("float", "a number"), ("bool", "true or false"), ("str", "a text")):
        text = text.replace(f"Expected {old},", f"Expected {new},").replace(f"Expected {old} ", f"Expected {new} ")
    text = text.replace(", got int", "").replace(", got str", "").replace(", got array", "").replace(", got bool", "")
    text = text.replace(", got float", "").replace(", got null", "").replace(", got object", "")
    return text.rstrip(".") + "."
