"""window_sizing "fixed": windows and patches as asked on every level, Swin's rule for small maps."""

from __future__ import annotations

from typing import Any

import pytest

import archlab as al
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import fit_axis
from archlab.geometry.window_plan import WindowPlan, Windows
from archlab.parts.catalog import default
from archlab.parts.cell import Cell

ASKED = Windows((1, 7, 7), (1, 2, 2))
PLAN = WindowPlan(method="fixed", base=ASKED, full=(224, 160))
FIXED = Windows((1, 7, 7), (1, 2, 2), stretch=False)


def test_no_rule_changes_what_is_fixed() -> None:
    sizes = [(64, 64), (8, 8), (1, 1)]
    assert [PLAN.level(level) for level in range(9)] == [FIXED] * 9
    assert [PLAN.way_up(level, 4) for level in range(4)] == [FIXED] * 4
    assert [PLAN.stage(stage, sizes) for stage in range(3)] == [FIXED] * 3
    assert PLAN.keep_size(PLAN.level(3), (1, 1)) == FIXED


@pytest.mark.parametrize(
    ("size", "window", "patch", "pad", "cut"),
    [
        (56, 7, 1, False, (8, 7, 7, 1)),
        (32, 7, 1, False, None),  # stretched, it would have windows of 8
        (32, 7, 1, True, (5, 7, 7, 1)),
        (7, 7, 1, False, (1, 7, 7, 1)),
        (4, 7, 1, False, (1, 4, 4, 1)),  # one window, the whole axis
        (4, 7, 1, True, (1, 4, 4, 1)),
        (4, 8, 2, False, (1, 4, 2, 2)),  # stretched, its patches would be single pixels
        (5, 8, 2, False, None),
        (5, 8, 2, True, (1, 6, 3, 2)),
        (1, 8, 2, False, (1, 1, 1, 1)),
        (40, 16, 2, False, None),
    ],
)
def test_an_axis_is_cut_as_asked(size: int, window: int, patch: int, pad: bool, cut: tuple[int, ...] | None) -> None:
    fit = fit_axis(size, window, patch, pad=pad, stretch=False)
    assert fit.legal == (cut is not None)
    if cut is not None:
        assert (fit.windows, fit.window, fit.patches, fit.patch) == cut
        assert fit.padding == fit.windows * fit.window - size


@pytest.mark.parametrize(("size", "window", "cut"), [(32, 8, (8, 4, 2, 2)), (4, 8, (2, 2, 1, 2)), (6, 2, (6, 1, 1, 1))])
def test_global_attention_halves_fixed_windows_too(size: int, window: int, cut: tuple[int, ...]) -> None:
    fit = fit_axis(size, window, 2, halved=True, stretch=False)
    assert (fit.windows, fit.window, fit.patches, fit.patch) == cut
    assert fit.legal


def test_where_both_divide_nothing_is_stretched() -> None:
    for size in range(1, 41):
        for window in range(1, size + 1):
            for patch in range(1, window + 1):
                if size % window == 0 and window % patch == 0:
                    assert fit_axis(size, window, patch) == fit_axis(size, window, patch, stretch=False)


def swin(code: str = "Sw", **fields: Any) -> Cell:
    cls, preset = default().codes[code]
    return cls(**{"window": (1, 7, 7), "heads": 2, "stretch": False, **preset, **fields})


def test_a_map_of_one_window_is_not_shifted() -> None:
    cell: Any = swin()
    assert cell.shift_of(FeatureMap(channels=8, size=(14, 14))) == (0, 3, 3)
    assert cell.shift_of(FeatureMap(channels=8, size=(7, 7))) == (0, 0, 0)
    assert cell.shift_of(FeatureMap(channels=8, size=(4, 5))) == (0, 0, 0)
    assert cell.effective(FeatureMap(channels=8, size=(4, 5)))["window"] == (1, 4, 5)


def test_hints_keep_to_windows_that_need_no_stretching() -> None:
    (problem,) = swin().problems(FeatureMap(channels=8, size=(32, 32), stride=(4, 4)), 8)
    assert (problem.code, problem.message) == ("AL201", "32x32 cannot be cut into windows of 7x7.")
    assert problem.hint == "Use window 4 or 8, or an input of 140x140, or pad true."
    cell = swin("L1", window=(1, 8, 8), patch=(1, 2, 2))
    (problem,) = cell.problems(FeatureMap(channels=8, size=(5, 5)), 8)
    assert problem.code == "AL202"
    assert problem.hint == "Use patch 1 or 5, or window 1, or pad true."


@pytest.mark.parametrize("size", [224, 512])
def test_a_swin_network_has_its_window_on_every_stage(size: int) -> None:
    fields: dict[str, Any] = {"window": [1, 7, 7], "heads": 2, "pad": True, "window_sizing": "fixed"}
    spec = al.soanet(stages=4, channels=8, cells="S2Sw", input=f"3x{size}x{size}", **fields)
    spec = spec.with_stem("conv_stride")
    assert al.check(spec) == []
    assert {row.window for row in al.estimate(spec).plan} == {(1, 7, 7)}
    stretched = al.estimate(spec.with_option(window_sizing="keep_window_size")).plan
    assert {row.window for row in stretched} != {(1, 7, 7)}
