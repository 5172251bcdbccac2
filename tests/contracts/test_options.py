"""No option is dead: what `inert()` does not name changes what a cell says, costs or computes; only that does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
import torch

from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell

BASE: dict[str, Any] = {"window": (2, 4, 4), "patch": (1, 2, 2), "heads": 2}
OTHER: dict[str, Any] = {
    "window": (1, 8, 8),
    "patch": (1, 1, 1),
    "stride_qk": (1, 2, 2),
    "heads": 4,
    "mixer_ratio": 2.0,
    "drop_path": 0.5,
    "attention_dropout": 0.5,
}
SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"score": "dot"},
    {"mixer": "linear"},
    {"mixer": "none"},
    {"projection": "linear"},
    {"relative_position": False},
    {"arrangement": "parallel"},
    {"arrangement": "parallel", "mixer": "linear", "relative_position": False},
    {"heads": 3},  # divides neither 8 channels nor 4 pixels of them, but a frame of 9x9
)
MAPS = tuple(FeatureMap(channels=8, size=size) for size in ((2, 8, 8), (2, 9, 9)))
WIDTH = 8


def others(cls: type[Cell], field: str, value: Any) -> list[Any]:
    """Other values of a field."""
    hint = get_type_hints(cls)[field]
    if isinstance(value, bool):
        return [not value]
    if get_origin(hint) is not None and all(not isinstance(a, type) for a in get_args(hint)):
        return [v for v in get_args(hint) if v != value]
    return [OTHER[field]]


def result(cell: Cell, x: FeatureMap) -> tuple[Any, ...]:
    """Everything that a user could notice: what is refused, what it costs, what it computes."""
    problems = tuple(cell.problems(x, WIDTH))
    if any(p.severity == "error" for p in problems):
        return (problems,)
    torch.manual_seed(0)
    module = cell.build(x, WIDTH)
    image = torch.randn(x.shape(2), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.manual_seed(2)
        trained = module.train()(image)
        quiet = module.eval()(image)
    return problems, cell.cost(x, WIDTH), trained.numpy().tobytes(), quiet.numpy().tobytes()


def changed(cell: Cell, field: str, value: Any, x: FeatureMap) -> tuple[Any, ...]:
    """What a user notices with one field changed."""
    return result(msgspec.structs.replace(cell, **{field: value}), x)


def settings(code: str) -> Iterator[Cell]:
    """The cell in all settings that its fields and its word allow."""
    cls, preset = default().codes[code]
    for given in SETTINGS:
        fields = {**{k: v for k, v in BASE.items() if k in cls.__struct_fields__}, **given}
        if any(k not in cls.__struct_fields__ or k in preset for k in fields):
            continue
        try:
            yield msgspec.convert({**fields, **preset}, cls)
        except msgspec.ValidationError:  # a linear mixer where there is none
            continue


@pytest.mark.parametrize("code", sorted(default().codes))
def test_a_field_matters_or_says_why_not(code: str) -> None:
    cls, preset = default().codes[code]
    live: set[str] = set()
    for cell in settings(code):
        inert: Mapping[str, str] = cell.inert()
        assert set(inert) <= set(cls.__struct_fields__)
        before = {x: result(cell, x) for x in MAPS}
        for field in sorted({*cls.__struct_fields__} - {*preset} - (live - {*inert})):
            values = others(cls, field, getattr(cell, field))
            if field in inert:
                same = all(changed(cell, field, values[0], x) == before[x] for x in MAPS)
                assert same, f"{code}.{field} has an effect, but: {inert[field]}"
            elif all(any(changed(cell, field, value, x) != before[x] for x in MAPS) for value in values):
                live.add(field)
    # a field that the word itself makes idle (T0 has no mixer) is refused, so it needs no effect
    always = [f for f in cls(**preset).inert() if all(f in c.inert() for c in settings(code))]
    dead = sorted({*cls.__struct_fields__} - {*preset} - {*always} - live)
    assert dead == []
