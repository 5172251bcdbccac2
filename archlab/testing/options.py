"""No field is dead: what a part does not name as inert changes what it says, costs or computes; only that does.

A setting is the part with some fields, a place is a map and a way of being called. The settings are those of the
samples and, from the first of them, other values of one short choice; a text is tried only with values of samples.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import torch
from msgspec import inspect

from archlab.costing.recorder import Conditions
from archlab.parts.cell import Cell
from archlab.parts.part import Part
from archlab.testing.samples import one_of_each_way, trials, words
from archlab.testing.traces import listed
from archlab.testing.trials import AnyTrial, LayoutTrial, OnTop, tensors

SHORT = 3  # longer choices are names of equals (norms, activations), which do not change what other fields mean


def effective(cls: type[Part]) -> Iterator[str]:
    """Every field has an effect in some setting, and none in those in which `inert` names it."""
    for word in words(cls):
        yield from (f"{word}: {fault}" for fault in _of_word(cls, word))


def _of_word(cls: type[Part], word: str) -> Iterator[str]:
    found = list(trials(cls, word))
    places = _places(found)
    settings = _settings(cls, found)
    result = functools.cache(_result)
    free = [name for name in cls.__struct_fields__ if name not in words(cls)[word]]
    live: dict[str, list[Any]] = {name: [] for name in free}  # values between which a change was seen
    tried: set[str] = set()
    for part in settings:
        inert = _inert(part)
        unknown = sorted(set(inert) - set(cls.__struct_fields__))
        if unknown:
            yield f"`inert` names {', '.join(unknown)}, which are no fields."
        for name in free:
            others = list(_others(part, name, settings))
            tried |= {name} if others else set()
            for value, other in others[:1] if name in inert else others:
                if name not in inert and _known(cls, name, live[name], value):
                    continue
                changed = any(result(p.having(part)) != result(p.having(other)) for p in places)
                if changed and name in inert:
                    yield f"{name}={value!r} has an effect on {part!r}, but `inert` says: {inert[name]}."
                elif changed:
                    live[name] += [getattr(part, name), value]
    for name in sorted(tried):
        dead = [f"{name}={v!r}" for v in choices(cls, name) if v not in live[name]] or ([] if live[name] else [name])
        if dead and not all(name in _inert(part) for part in settings):
            yield f"{', '.join(dead)} changes nothing on any sample, and `inert` does not say so."


def choices(cls: type[Part], name: str) -> Sequence[Any]:
    """All values of a field that is a choice or a switch; none for other fields."""
    kind = _kinds(cls)[name]
    if isinstance(kind, inspect.LiteralType):
        return list(kind.values)
    return [True, False] if isinstance(kind, inspect.BoolType) else []


@functools.cache
def _kinds(cls: type[Part]) -> Mapping[str, inspect.Type]:
    found: dict[str, inspect.Type] = {}
    for field in inspect.type_info(cls).fields:  # type: ignore[attr-defined]
        kind = field.type
        while isinstance(kind, inspect.Metadata):
            kind = kind.type
        found[field.name] = kind
    return found


def _places(found: Sequence[AnyTrial]) -> list[AnyTrial]:
    """The smallest map of every depth, on which a difference shows as well, and the other ways on the smallest."""
    by_size = sorted(found, key=lambda trial: trial.x.elements)  # stable: ways stay in order
    smallest = {trial.x.depth: trial for trial in reversed(by_size)}
    return list(dict.fromkeys([*smallest.values(), *one_of_each_way(by_size)]))


def _settings(cls: type[Part], found: Sequence[AnyTrial]) -> list[Part]:
    settings: dict[Part, None] = dict.fromkeys(trial.part for trial in found)
    first = next(iter(settings))
    for name in cls.__struct_fields__:
        if name not in words(cls)[found[0].word]:
            values = choices(cls, name)
            others = (_with(first, name, value) for value in values if len(values) <= SHORT)
            settings |= dict.fromkeys(other for other in others if other is not None)
    return list(settings)


def _others(part: Part, name: str, settings: Sequence[Part]) -> Iterator[tuple[Any, Part]]:
    """Other values of a field that it may have, each with the part that has it."""
    now = getattr(part, name)
    values = [*choices(type(part), name), *_numbers(now), *(getattr(other, name) for other in settings)]
    for value in dict.fromkeys(v for v in values if v != now):
        other = _with(part, name, value)
        if other is not None:
            yield getattr(other, name), other


def _numbers(now: Any) -> list[Any]:
    """Numbers that are not far from a number, and sizes not far from sizes."""
    if isinstance(now, tuple):
        return [(*now[:i], near, *now[i + 1 :]) for i, n in enumerate(now) for near in _numbers(n)]
    if isinstance(now, bool) or not isinstance(now, int | float):
        return []
    return [2 * now, now // 2, now + 1, now - 1] if isinstance(now, int) else [2 * now, now / 2, now + 0.5]


def _known(cls: type[Part], name: str, live: Sequence[Any], value: Any) -> bool:
    """Whether trying this value can tell nothing new: of a number one change is enough."""
    return value in live if choices(cls, name) else bool(live)


def _inert(part: Part) -> Mapping[str, str]:
    return part.inert() if hasattr(part, "inert") else {}


def _with(part: Part, name: str, value: Any) -> Part | None:
    """The part with another value; None where its fields do not allow it."""
    try:
        return msgspec.convert({**msgspec.structs.asdict(part), name: value}, type(part))
    except msgspec.ValidationError:
        return None


def _result(trial: AnyTrial) -> Any:
    """Everything that a user could notice: what is refused, what it costs, what it computes."""
    if isinstance(trial, LayoutTrial) and not isinstance(trial, OnTop):
        from archlab.estimator import estimate
        from archlab.graph import expand

        found = estimate(trial.spec, registry=trial.registry).to_dict()
        graph = expand(trial.spec, trial.registry).graph  # what is computed, beside what it costs
        return {k: v for k, v in found.items() if k != "layout"}, graph
    problems = tuple(trial.problems())
    if not trial.admitted:
        return problems
    if isinstance(trial.part, Cell):  # as the second of three: some fields say what depends on the place
        trial = trial.having(trial.part.placed(1, 3))
    torch.manual_seed(0)
    module, xs = trial.build(), tensors(trial, seed=1)
    with torch.no_grad():
        for parameter in module.parameters():
            if not parameter.any():  # the last norm of a branch that starts at 0 hides all that stands before it
                parameter.uniform_(0.5, 1.5)
        torch.manual_seed(2)
        trained = listed(module.train()(*xs))
        quiet = listed(module.eval()(*xs))
    return problems, trial.cost(Conditions()), [y.numpy().tobytes() for y in (*trained, *quiet)]
