"""Closed forms are exact: against a module on the CPU, FlopCounterMode on meta, and the meta probe; tolerance 0."""

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
from archlab.estimator import count
from archlab.parts.catalog import default
from tests.contracts.cases import Case, by_name, cases
from tests.estimator.truth import kept_for_backward, macs_on_meta


def holds(case: Case, conditions: Conditions) -> None:
    """The closed form of a case equals what its module does."""
    cost = case.cost(conditions)
    if cost is None:
        return  # measured by the probe, which other tests hold against the module
    module = case.build()
    xs = case.tensors(conditions.batch)
    if conditions.strides is not None:
        shape = case.x.shape(conditions.batch)
        xs[0] = torch.empty_strided(shape, conditions.strides).normal_().requires_grad_()
    xs[0].requires_grad_(conditions.input_grad)
    y, kept = kept_for_backward(module, *xs)
    assert cost.params == sum(p.numel() for p in module.parameters())
    assert cost.saved_bytes is not None
    assert cost.saved_bytes == kept.bytes
    assert (cost.saves_input, cost.saves_output) == (kept.ends[0], kept.ends[-1])
    if len(xs) > 1:
        assert cost.saves_query == kept.ends[1]
    assert cost.aliases_input == (y.untyped_storage().data_ptr() == xs[0].untyped_storage().data_ptr())
    given = xs[0].stride() if cost.aliases_input else cost.strides
    lies = y.stride() if given is None and y.is_contiguous() else given
    assert [s for s, n in zip(lies or (), y.shape, strict=True) if n > 1] == [
        s for s, n in zip(y.stride(), y.shape, strict=True) if n > 1
    ]
    probed = count(case.build, case.maps, conditions)
    assert (probed.params, probed.macs, probed.elementwise) == (cost.params, cost.macs, cost.elementwise)
    assert probed.saved_bytes in (cost.saved_bytes, None)
    assert probed.uncounted == ()
    assert cost.macs * conditions.batch == macs_on_meta(module, *xs)


@pytest.mark.parametrize("case", cases(), ids=by_name)
def test_defaults(case: Case) -> None:
    holds(case, Conditions(batch=2))


def options_of(cls: type[msgspec.Struct], preset: dict[str, Any]) -> some.SearchStrategy[dict[str, Any]]:
    """Values for the fields of a part: every choice and switch, some numbers."""
    numbers: dict[str, list[Any]] = {
        "heads": [1, 2, 4, 8],
        "mixer_ratio": [0.5, 1.0, 2.5],
        "drop_path": [0.0, 0.2],
        "attention_dropout": [0.0, 0.3],
        "window": [(1, 4, 4), (1, 8, 4), (2, 8, 8), (3, 3, 5)],
        "patch": [(1, 1, 1), (1, 2, 2), (2, 2, 2), (1, 1, 4)],
        "stride_qk": [(1, 2, 2), (2, 2, 1)],
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
    case = Case(code, part, x, (8,))
    assume(case.admitted)
    batch = data.draw(some.integers(1, 3))
    strides = None
    if len(size) == 3 and data.draw(some.booleans()):
        strides = torch.empty(batch, size[0], x.channels, *size[1:]).transpose(1, 2).stride()
    holds(case, Conditions(batch, data.draw(some.booleans()), strides))


@pytest.mark.parametrize("word", sorted(default().stems))
@given(data=some.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_options_of_stems(word: str, data: some.DataObject) -> None:
    cls = default().stems[word]
    size = data.draw(some.sampled_from([(8, 8), (9, 16), (3, 8, 8)]))
    case = Case(word, cls(**data.draw(options_of(cls, {}))), FeatureMap(channels=3, size=size), ())
    assume(case.admitted)
    holds(case, Conditions(data.draw(some.integers(1, 3)), data.draw(some.booleans())))


def every_choice(cls: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """Every combination of the fields of a part that offer a choice."""
    choices = {
        field.name: kind.values
        for field in msgspec.inspect.type_info(cls).fields  # type: ignore[union-attr]
        if isinstance(kind := getattr(field.type, "type", field.type), msgspec.inspect.LiteralType)
    }
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


LINKS = [
    pytest.param(word, choice, id="-".join(map(str, (word, *choice.values()))))
    for word, cls in sorted(default().links.items())
    for choice in every_choice(cls)
]


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize(("word", "choice"), LINKS)
def test_every_choice_of_links(word: str, choice: dict[str, Any], steps: int) -> None:
    part = default().links[word](**choice)
    sizes = [(8, 8), (12, 8), (9, 7), (1, 8, 8), (3, 4, 8), (4, 8, 8), (8, 8, 9)]
    tried = [Case(word, part, FeatureMap(channels=wide, size=size), (6, steps)) for size in sizes for wide in (4, 6)]
    admitted = [case for case in tried if case.admitted]
    for number, case in enumerate(admitted):
        batch = 1 + number % 2
        holds(case, Conditions(batch, number % 3 > 0))
        holds(case, Conditions(batch, strides=laid_out(case.x.shape(batch))))
    assert admitted or all("AL302" in {p.code for p in case.problems()} for case in tried)


def laid_out(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Strides with the frames of a volume outermost in memory, or the channels of a frame innermost."""
    axis = 2 if len(shape) == 5 else -1
    return torch.empty(shape).movedim(1, axis).contiguous().movedim(axis, 1).stride()
