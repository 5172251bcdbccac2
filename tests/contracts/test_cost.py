"""Costs are exact with any fields, batches and memory formats; tolerance 0. Defaults are held by test_parts."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from archlab.costing.recorder import Conditions
from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.testing.modules import cost
from archlab.testing.trials import Trial


def holds(trial: Trial, conditions: Conditions) -> None:
    """The closed form of a part equals what its module does; without one, what the probe measures."""
    assert list(cost(trial, conditions)) == []


def options_of(cls: type[msgspec.Struct], preset: dict[str, Any]) -> some.SearchStrategy[dict[str, Any]]:
    """Values for the fields of a part: every choice and switch, some numbers."""
    numbers: dict[str, list[Any]] = {
        "heads": [1, 2, 4, 8],
        "mixer_ratio": [0.5, 1.0, 2.5],
        "ratio": [1, 2, 4],
        "drop_path": [0.0, 0.2],
        "attention_dropout": [0.0, 0.3],
        "window": [(1, 4, 4), (1, 8, 4), (2, 8, 8), (3, 3, 5)],
        "patch": [(1, 1, 1), (1, 2, 2), (2, 2, 2), (1, 1, 4)],
        "stride_qk": [(1, 2, 2), (2, 2, 1)],
        "layer_scale": [0.0, 0.1],
        "tokens": [0, 1, 3],
    }
    known: dict[str, some.SearchStrategy[Any]] = {}
    for field in msgspec.inspect.type_info(cls).fields:  # type: ignore[union-attr]
        kind = field.type
        kind = kind.type if isinstance(kind, msgspec.inspect.Metadata) else kind
        if field.name in preset:
            continue
        if isinstance(kind, msgspec.inspect.LiteralType):
            known[field.name] = some.sampled_from(list(kind.values))
        elif isinstance(kind, msgspec.inspect.BoolType):
            known[field.name] = some.booleans()
        elif field.name == "patch" and isinstance(kind, msgspec.inspect.IntType):  # of a stem: a square
            known[field.name] = some.sampled_from([2, 4])
        elif field.name in numbers:
            known[field.name] = some.sampled_from(numbers[field.name])
    return some.fixed_dictionaries({}, optional=known)


@pytest.mark.parametrize("code", sorted(default().codes))
@given(data=some.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_options_of_cells(code: str, data: some.DataObject) -> None:
    cls, preset = default().codes[code]
    part = cls(**(data.draw(options_of(cls, dict(preset))) | dict(preset)))
    size = data.draw(some.sampled_from([(8, 8), (8, 16), (1, 8, 8), (3, 8, 8), (4, 8, 6)]))
    x = FeatureMap(channels=data.draw(some.sampled_from([4, 8])), size=size)
    trial = Trial(code, part, x, (8,))
    assume(trial.admitted)
    batch = data.draw(some.integers(1, 3))
    strides = None
    if len(size) == 3 and data.draw(some.booleans()):
        strides = torch.empty(batch, size[0], x.channels, *size[1:]).transpose(1, 2).stride()
    holds(trial, Conditions(batch, data.draw(some.booleans()), strides))


@pytest.mark.parametrize("word", sorted(default().stems))
@given(data=some.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_options_of_stems(word: str, data: some.DataObject) -> None:
    cls = default().stems[word]
    size = data.draw(some.sampled_from([(8, 8), (9, 16), (3, 8, 8)]))
    trial = Trial(word, cls(**data.draw(options_of(cls, {}))), FeatureMap(channels=3, size=size), ())
    assume(trial.admitted)
    holds(trial, Conditions(data.draw(some.integers(1, 3)), data.draw(some.booleans())))


def every_choice(cls: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Every combination of a part's fields with up to three values; longer lists take turns along with them."""
    choices = {}
    for field in msgspec.inspect.type_info(cls).fields:  # type: ignore[union-attr]
        kind = getattr(field.type, "type", field.type)
        if field.name == "size":  # steps are one of the sizes that a link may meet: `there` tries the others
            continue
        if isinstance(kind, msgspec.inspect.LiteralType):
            choices[field.name] = list(kind.values)
        elif isinstance(kind, msgspec.inspect.BoolType):
            choices[field.name] = [True, False]
    few = {name: values for name, values in choices.items() if len(values) <= 3}
    many = {name: values for name, values in choices.items() if len(values) > 3}
    combined = [dict(zip(few, values, strict=True)) for values in itertools.product(*few.values())]
    found = []
    for turn in range(max(len(combined), *map(len, many.values()), 1)):
        # a field that comes round moves on by one, so that it meets others
        words = {name: values[(turn + turn // len(values)) % len(values)] for name, values in many.items()}
        found.append(combined[turn % len(combined)] | words)
    return found


LINKS = [
    pytest.param(word, choice, turn, id="-".join(map(str, (word, *choice.values()))))
    for word, cls in sorted(default().links.items())
    for turn, choice in enumerate(every_choice(cls))
]


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize(("word", "choice", "turn"), LINKS)
def test_every_choice_of_links(word: str, choice: dict[str, Any], turn: int, steps: int) -> None:
    part = default().links[word](**choice)
    sizes = [(8, 8), (12, 8), (9, 7), (1, 8, 8), (3, 4, 8), (4, 8, 8), (8, 8, 9)]
    # to as many channels or to other ones: neighbouring choices take turns, so that every size is met with both
    maps = [FeatureMap(channels=(4, 6)[(turn + place) % 2], size=size) for place, size in enumerate(sizes)]
    tried = [Trial(word, part, x, (6, steps)) for x in maps]
    admitted = [trial for trial in tried if trial.admitted]
    admitted += [met for trial in admitted[-1:] for met in there(trial)]
    for number, trial in enumerate(admitted):
        batch = 1 + number % 2
        holds(trial, Conditions(batch, number % 3 > 0))
        holds(trial, Conditions(batch, strides=laid_out(trial.x.shape(batch))))
    assert admitted or all("AL302" in {p.code for p in trial.problems()} for trial in tried)


def there(trial: Trial) -> list[Trial]:
    """The same link where it goes to the size of a map that it meets, if it can."""
    if "size" not in trial.part.__struct_fields__:
        return []
    channels, steps = trial.rest
    meets = tuple(max(int(n * 2**-steps) - 1, 2) for n in trial.x.size)
    met = Trial(trial.word, msgspec.structs.replace(trial.part, size="target"), trial.x, (channels, steps, meets))
    return [met] if met.admitted else []


def laid_out(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides with the frames of a volume outermost in memory, or the channels of a frame innermost."""
    axis = 2 if len(shape) == 5 else -1
    return torch.empty(shape).movedim(1, axis).contiguous().movedim(axis, 1).stride()
