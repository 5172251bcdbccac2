"""What a class owes before it is put on any map: its words, its fields as data, its samples.

Every contract yields sentences about what is wrong; none where it holds.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import msgspec

from archlab.parts.cell import Cell
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.testing.samples import trials, words

PATH = re.compile(r"[MLHVCSQAZmlhvcsqaz0-9 .,-]+")


def registers(cls: type[Part]) -> Iterator[str]:
    """It can be registered: it is of a kind that archlab knows, and its words are words."""
    if not words(cls):
        yield "No word stands for it."
        return
    try:
        Registry().register(cls)
    except (TypeError, ValueError) as error:
        yield str(error)


def explained(cls: type[Part]) -> Iterator[str]:
    """Docstring, icon, family and fields say what people read in palette, form and pages."""
    first = (inspect.cleandoc(vars(cls).get("__doc__") or "").splitlines() or [""])[0]
    if not first.endswith(".") or len(first) >= 80:
        yield f'The first line of the docstring, "{first}", is no sentence of less than 80 letters with a full stop.'
    if not PATH.fullmatch(cls.icon):
        yield f'The icon "{cls.icon}" is not the path of an SVG of 16 x 16.'
    if issubclass(cls, Cell):
        if cls.family == Cell.family:
            yield "It has no family, the group in the palette."
        if not set(cls.icons) <= set(cls.codes):
            yield f"`icons` has words that are no codes: {', '.join(sorted(set(cls.icons) - set(cls.codes)))}."
    schema = msgspec.json.schema(cls)["$defs"][cls.__name__]
    for name, field in schema["properties"].items():
        if not field.get("description"):
            yield f"The field `{name}` has no description."


def plain(cls: type[Part]) -> Iterator[str]:
    """Its defaults are valid, and it goes out to JSON and in again as the same value."""
    if not cls.__struct_config__.frozen:
        yield "It is not frozen."
    for word, preset in words(cls).items():
        part = msgspec.convert(dict(preset), cls)
        again = msgspec.json.decode(msgspec.json.encode(part), type=cls)
        if part != again or hash(part) != hash(again):
            yield f"{word} comes back from JSON as another value: {again!r}."
        try:
            msgspec.convert({**msgspec.to_builtins(part), "no_such_field": 1}, cls)
        except msgspec.ValidationError:
            continue
        yield f"{word} takes a field that it does not have."


def sampled(cls: type[Part]) -> Iterator[str]:
    """Every word works on some sample, and says why where it does not."""
    for word in words(cls):
        found = list(trials(cls, word))
        if not any(trial.admitted for trial in found):
            said = {f"{p.message} {p.hint}" for trial in found for p in trial.problems()}
            yield f"{word} admits none of its samples. It says: {' | '.join(sorted(said)) or 'nothing'}"
        for trial in found:
            yield from (f"{trial.where}: {fault}" for problem in trial.problems() for fault in unclear(problem))


def unclear(problem: object) -> Iterator[str]:
    """What a user misses in a problem: its number, a sentence, and what to do."""
    code, message, hint = (getattr(problem, name) for name in ("code", "message", "hint"))
    if not re.fullmatch(r"[A-Z]{2,}\d+", code):
        yield f'the problem "{code}" has no number such as MY001.'
    if not message.endswith("."):
        yield f'the message "{message}" is no sentence with a full stop.'
    if not hint:
        yield f'the problem "{message}" has no hint that says what to do.'
