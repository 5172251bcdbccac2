"""`compat: "snraware"`: what the original builds, its slips included, and what of it cannot be had."""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest

import archlab as al
from archlab.geometry.window_plan import WindowPlan, Windows
from archlab.graph import expand
from archlab.graph.model import CellUse
from archlab.parts import catalog
from archlab.parts.registry import Registry


class Odd(al.Cell, frozen=True, kw_only=True):
    """A cell whose defect can be asked for, and one that cannot."""

    codes = {"O1": {}, "O0": {"mixer": "none"}, "P1": {"scrambled": True}}
    built_as: ClassVar = {"snraware": {"O0": "O1"}}
    mixer: Literal["conv", "none"] = "conv"
    ratio: float = 4.0
    score: Literal["cosine", "dot"] = "cosine"
    normalize: bool = True
    scrambled: bool = False
    compat: Literal["none", "snraware"] = "none"

    def inert(self) -> dict[str, str]:
        """The ratio without a mixer, normalisation with cosine."""
        ratio = {"ratio": "there is no mixer"} if self.mixer == "none" else {}
        return ratio | ({"normalize": 'score "cosine" needs none'} if self.score == "cosine" else {})

    def irreproducible(self, x: al.FeatureMap, original: str) -> str:
        """Only the scrambled one."""
        return "It scrambles its output." if self.scrambled else ""


@pytest.fixture
def registry() -> Registry:
    made = Registry()
    for layout in catalog.default().layouts.values():
        made.register(layout)
    for kind in catalog.default().links.values():
        made.register(kind)
    for stem in catalog.default().stems.values():
        made.register(stem)
    made.register(Odd)
    return made


def spec(cells: str = "O1", **options: object) -> al.Spec:
    return al.hrnet(levels=2, channels=8, cells=cells, input="2x4x16x16", **options)


def use(spec: al.Spec, registry: Registry, block: str = "B00") -> CellUse:
    graph = expand(spec, registry).graph
    assert graph is not None
    return graph.node(block).cells[0]


def test_every_cell_that_can_gets_the_defect_and_may_be_without(registry: Registry) -> None:
    compat = spec().with_compat("snraware")
    assert use(spec(), registry).cell.compat == "none"
    assert use(compat, registry).cell.compat == "snraware"
    assert dict(use(compat, registry).origin)["compat"] == "compat"
    assert use(compat.with_option(compat="none"), registry).cell.compat == "none"
    without = compat.with_block("B00", [{"code": "O1", "compat": "none"}])
    assert use(without, registry).cell.compat == "none"
    assert use(without, registry, "B01").cell.compat == "snraware"


def test_the_original_reads_no_digit(registry: Registry) -> None:
    assert use(spec("O0"), registry).cell.mixer == "none"
    compat = spec("O0").with_compat("snraware")
    assert (use(compat, registry).code, use(compat, registry).cell.mixer) == ("O0", "conv")
    assert not expand(compat.with_code_option("O0", ratio=2.0), registry).diagnostics


@pytest.mark.parametrize("letter", ["T", "L", "G"])
def test_t0_l0_g0_are_built_as_t1_l1_g1(letter: str) -> None:
    with_digit = [
        al.estimate(al.hrnet(levels=2, channels=8, cells=f"{letter}{digit}", input="2x4x32x32", compat="snraware"))
        for digit in "01"
    ]
    assert with_digit[0].params == with_digit[1].params
    assert with_digit[0].macs == with_digit[1].macs


def test_what_cannot_be_reproduced_is_told_once(registry: Registry) -> None:
    compat = spec("O1P1").with_compat("snraware")
    (found,) = expand(compat, registry).diagnostics
    assert (found.code, found.severity, found.path) == ("AL035", "warning", "$.compat")
    assert found.message == "P1: not what the original computes. It scrambles its output."
    assert "weights" in found.hint
    assert not expand(spec("O1P1"), registry).diagnostics


@pytest.mark.parametrize(
    ("code", "options", "reason"),
    [
        ("S3", {}, "It ignores its value projection."),
        ("Sh", {}, "It ignores its value projection."),
        ("G3", {}, "It scrambles its output."),
        ("L3", {}, "It mixes up the axes of the position bias."),
        ("V3", {"window": (1, 8, 8)}, "It mixes up the axes of the position bias."),
        ("V3", {"window": (1, 8, 8), "relative_position": False}, ""),
        ("V3", {}, ""),  # 2x2x2 windows: the axes are alike
        ("V3", {"window": (4, 4, 4)}, ""),  # 1x4x4 windows: there is no third axis
        ("G1", {"shuffle": True}, "It does not put shuffled patches back."),
        ("S2", {}, "It has no such cell."),
        *((code, {}, "") for code in ("T0", "T1", "L0", "L1", "G0", "G1", "V2", "C2", "C3")),
    ],
)
def test_which_cells_compute_something_else(code: str, options: dict[str, object], reason: str) -> None:
    fields = {"window": (2, 8, 8), "patch": (1, 2, 2), "heads": 8} | options
    spec = al.soanet(stages=1, channels=8, cells=code, input="2x4x16x16", **fields).with_compat("snraware")
    found = [d for d in al.check(spec) if d.code == "AL035"]
    assert [d.message for d in found] == ([f"{code}: not what the original computes. {reason}"] if reason else [])
    assert not [d for d in al.check(spec) if d.severity == "error"]


def test_an_option_without_effect_is_told_where_it_is_written(registry: Registry) -> None:
    own = spec().with_block("B00", [{"code": "O1", "normalize": True}])
    (found,) = expand(own, registry).diagnostics
    assert (found.code, found.severity, found.path) == ("AL016", "warning", "$.blocks.B00[0].normalize")
    assert found.message == 'normalize of O1 has no effect: score "cosine" needs none.'
    (found,) = expand(spec().with_code_option("O1", normalize=True), registry).diagnostics
    assert (found.code, found.path) == ("AL016", "$.code_options.O1.normalize")
    assert not expand(spec(normalize=True), registry).diagnostics  # for all cells: some may have use for it
    assert not expand(spec(score="dot").with_code_option("O1", normalize=True), registry).diagnostics


def test_an_option_that_the_code_leaves_without_effect_is_an_error(registry: Registry) -> None:
    for wrong in (
        spec().with_block("B00", [{"code": "O0", "ratio": 2.0}]),
        spec().with_code_option("O0", ratio=2.0),
    ):
        (found,) = expand(wrong, registry).diagnostics
        assert (found.code, found.severity) == ("AL024", "error")
        assert found.message == "ratio of O0 has no effect: there is no mixer."


def test_an_option_of_other_codes_names_them() -> None:
    wrong = al.hrnet(levels=2, channels=8, cells="C2", input="2x16x16").with_block("B00", [{"code": "C2", "heads": 2}])
    (found,) = [d for d in al.check(wrong) if d.severity == "error"]
    assert found.code == "AL011"
    assert "T1" in found.hint
    assert found.hint.endswith("have it.")


def plan(method: str, compat: str | None, size: int = 256) -> WindowPlan:
    base = Windows((1, 16, 16), (1, 2, 2))
    return WindowPlan(method=method, base=base, full=(size, size), compat=compat)


def test_keep_num_window_gives_the_way_up_the_deepest_windows() -> None:
    slipped, sound = plan("keep_num_window", "snraware"), plan("keep_num_window", None)
    assert [slipped.way_up(level, 5).window for level in range(5)] == [(1, 1, 1)] * 5
    assert [sound.way_up(level, 5).window[1] for level in range(5)] == [16, 8, 4, 2, 1]
    assert [slipped.level(level).window[1] for level in range(5)] == [16, 8, 4, 2, 1]
    for method in ("mixed", "keep_window_size"):
        pair = plan(method, "snraware"), plan(method, None)
        assert [pair[0].way_up(level, 4) for level in range(4)] == [pair[1].way_up(level, 4) for level in range(4)]


def test_a_four_level_unet_costs_what_the_slip_costs_there() -> None:
    """Measured on the original at 64x64: 3.08 GFLOPs with mixed windows, 4.20 with keep_num_window."""
    fields = {"levels": 4, "channels": 16, "cells": "L1G1", "heads": 8, "input": "2x1x64x64"}
    spec = al.unet(**fields, window=(1, 16, 16), patch=(1, 2, 2), window_sizing="mixed")
    assert al.estimate(spec).flops == 3_085_844_480
    slipped = al.estimate(spec.with_option(window_sizing="keep_num_window").with_compat("snraware"))
    assert slipped.flops is not None
    assert round(slipped.flops / 1e9, 2) == 4.2


def test_the_slip_of_hrnet_at_level_4_changes_nothing() -> None:
    """There keep_window_size takes the windows of level 2 instead of level 3: fitted anew they are the same."""
    for size in range(16, 300, 7):
        for window in range(1, 65):
            for patch in range(1, window + 1):
                base = Windows((1, window, window), (1, patch, patch))
                plan = WindowPlan(method="keep_window_size", base=base, full=(size, size))
                assert plan.keep_size(plan.level(2), plan.size(4)) == plan.level(4)
