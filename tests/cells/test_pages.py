"""What the pages say in letters is what the cells do: costs to the unit, shapes of every step."""

from __future__ import annotations

import re
from math import prod
from typing import Any

import msgspec
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from archlab.cells.temporal import module as temporal
from archlab.cells.windows import module as window
from archlab.cells.windows.base import WindowCell
from archlab.document.feature_map import FeatureMap
from archlab.estimator import count
from archlab.geometry.triple import as_triple
from archlab.parts.catalog import default, export
from archlab.parts.cell import Cell
from tests.cells.arithmetic import evaluate, run
from tests.cells.places import errors, place
from tests.contracts.test_cost import options_of

CODES = sorted(code for code, (cls, _) in default().codes.items() if cls.__module__.startswith("archlab."))
WITH_COST = [code for code in CODES if default().codes[code][0].cost_formula]
WITH_SHAPES = [code for code in CODES if default().codes[code][0].shapes]


def letters(cell: Cell, x: FeatureMap, width: int) -> dict[str, Any]:
    """The letters of a page for a cell on a map: its fields, sizes, strides, and how the map is cut."""
    found: dict[str, Any] = msgspec.structs.asdict(cell)
    found |= {"C_in": x.channels, "C_out": width} | dict(zip("DHW", x.dhw, strict=True))
    if "stride_qk" in found:
        found |= dict(zip(("s_D", "s_H", "s_W"), as_triple(found["stride_qk"]), strict=True))
    if hasattr(cell, "grouping"):
        grouping = cell.grouping(x)
        cut = grouping.cut(x.dhw if cell.volumetric else (1, *x.dhw[1:]))  # type: ignore[attr-defined]
        for letter, sizes in (("n", cut.n), ("m", cut.m), ("p", cut.p)):
            found |= {letter: prod(sizes)} | {f"{letter}_{a}": k for a, k in zip("DHW", sizes, strict=True)}
    return found


def check(cell: Cell, x: FeatureMap, width: int) -> None:
    cost = cell.cost(x, width) or count(lambda: cell.build(x, width), [x])
    said = run(cell.cost_formula, letters(cell, x, width))
    assert (said["params"], said["macs"]) == (cost.params, cost.macs)


@pytest.mark.parametrize("code", WITH_COST)
def test_costs_of_the_defaults(code: str) -> None:
    cls, preset = default().codes[code]
    for channels, width, size in [(16, 16, (32, 32)), (16, 32, (4, 32, 64)), (32, 16, (16, 64, 32))]:
        cell = cls(**preset)
        x = FeatureMap(channels=channels, size=size)
        if not any(p.severity == "error" for p in cell.problems(x, width)):
            check(cell, x, width)


@pytest.mark.parametrize("code", WITH_COST)
@given(data=some.data())
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_costs_of_options(code: str, data: some.DataObject) -> None:
    cls, preset = default().codes[code]
    cell = cls(**(data.draw(options_of(cls, dict(preset))) | dict(preset)))
    size = data.draw(some.sampled_from([(8, 8), (8, 16), (1, 8, 8), (3, 8, 8), (4, 8, 6), (4, 9, 7), (5, 11, 8)]))
    x, width = (
        FeatureMap(channels=data.draw(some.sampled_from([4, 8])), size=size),
        data.draw(some.sampled_from([4, 8])),
    )
    assume(not any(p.severity == "error" for p in cell.problems(x, width)))
    check(cell, x, width)


def shapes(cell: Cell) -> dict[str, str]:
    """Name -> shape as it is written, for a cell as it is: lines for other values of a field are left out."""
    found: dict[str, str] = {}
    for line in cell.shapes.splitlines():
        parts = re.fullmatch(r"(\S.*?)  +(\(.*?\))(?:  +# (.*))?", line)
        assert parts, line
        name, shape, said = parts.groups()
        conditions = re.findall(r'(\w+) "(\w+)"', said or "")
        if all(getattr(cell, field) == asked for field, asked in conditions):
            assert name not in found
            found[name] = shape
    return found


WAYS: list[dict[str, Any]] = [
    {},
    {"stride_qk": (1, 2, 1)},
    {"projection": "linear"},
    {"projection": "conv"},
    {"mixer": "linear"},
    {"arrangement": "parallel"},
    {"output_projection": False},
]


def takes(code: str, way: dict[str, Any]) -> bool:
    """Whether the cell has such fields, its word leaves them free, and the values are among them."""
    cls, preset = default().codes[code]
    if set(way) & set(preset):
        return False
    try:
        msgspec.convert(way, cls)
    except msgspec.ValidationError:
        return False
    return True


@pytest.mark.parametrize("widths", [(8, 8), (4, 8)])
@pytest.mark.parametrize(
    ("code", "way"), [pytest.param(c, w, id=f"{c}-{w}") for c in WITH_SHAPES for w in WAYS if takes(c, w)]
)
def test_shapes_of_every_step(
    code: str, widths: tuple[int, int], way: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cell, x = place(code, **way)
    x, batch = x.with_channels(widths[0]), 2
    assert not errors(cell, x, widths[1])
    net, seen = cell.build(x, widths[1]), {}

    def note(name: str, out: Any) -> None:
        if isinstance(out, torch.Tensor):
            shape = tuple(out.shape)
            # the page tells of frames; a norm over channels sees them last, as torch's layer norm wants
            last = name in ("norm1", "norm2") and getattr(cell, "norm", "") == "channel"
            seen[name] = (shape[0], shape[-1], *shape[1:-1]) if last else shape

    for name, module in net.named_modules():
        module.register_forward_hook(lambda _, __, out, name=name: note(name, out))

    def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **options: Any) -> torch.Tensor:
        assert query.shape == key.shape
        note("q, k", query)
        note("v", value)
        seen["weights"] = (*query.shape[:-1], key.shape[-2])
        return original(query, key, value, **options)

    original = window.attend
    for home in (window, temporal):
        monkeypatch.setattr(home, "attend", attend)
    tensor = torch.randn(x.shape(batch))
    note("x", tensor)
    note("z", net(tensor))
    known = letters(cell, x, widths[1]) | {"B": batch, "N": batch * x.depth, "h": getattr(cell, "heads", 0)}
    if way == {"projection": "linear"}:
        known |= {"s_D": 1, "s_H": 1, "s_W": 1}
    told = shapes(cell)
    there = {name: evaluate(shape, known) for name, shape in told.items() if name in seen}
    assert there == {name: seen[name] for name in there}
    assert set(told) - set(there) <= ({"norm2"} if cell.mixer == "none" else set())  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", CODES)
def test_what_a_page_says_fits_a_terminal(code: str) -> None:
    cls, _ = default().codes[code]
    for text in (cls.formula, cls.shapes, cls.cost_formula):
        assert max(map(len, text.splitlines()), default=0) <= 104
        assert text.isascii()


@pytest.mark.parametrize("text", ["x = __import__", "x = y.z", "x = f(1)", "x = {}", "import os", "x = 1; x = 2"])
def test_nothing_but_arithmetic_is_read(text: str) -> None:
    with pytest.raises((SyntaxError, KeyError, AssertionError)):
        run(text, {"y": 1})


def test_every_code_looks_like_no_other() -> None:
    icons = {entry.code: entry.icon for entry in export(default()).cells if entry.code in CODES}
    assert len(set(icons.values())) == len(icons)
    for icon in icons.values():
        assert re.fullmatch(r"[MLHVCSQAZmlhvcsqaz0-9 .,-]+", icon), icon


def test_words_with_an_icon_of_their_own_exist() -> None:
    for cls in default().cells:
        assert set(cls.icons) <= set(cls.codes)


def test_a_cell_may_say_it_in_words_of_its_own() -> None:
    class Own(WindowCell, frozen=True, kw_only=True):
        """Window attention with a formula of its own."""

        formula = "y = x"

    assert Own.formula == "y = x"
    assert "attn.query" in Own.shapes
