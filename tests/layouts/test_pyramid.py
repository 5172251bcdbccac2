"""A pyramid: a chain of stages with patch merging in front of each, for any cells."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import archlab as al
from archlab.document.writing import dumps
from archlab.graph import expand
from archlab.parts import catalog
from tests.estimator.test_networks import held_against_the_module


def test_its_stages_and_links() -> None:
    spec = al.pyramid(stages=3, channels=8, cells="C2", input="3x32x32")
    graph = expand(spec, catalog.default()).graph
    assert graph is not None
    links = [graph.link(id) for stage in range(3) for id in graph.node(f"stage{stage}").inputs]
    assert [(k.source, k.kind, k.steps) for k in links] == [
        ("input", "identity", 0),
        ("stage0", "patch_merge", 1),
        ("stage1", "patch_merge", 1),
    ]
    assert [getattr(k.part, "norm", None) for k in links] == [None, "channel", "channel"]
    assert graph.outputs == ("stage0", "stage1", "stage2")
    assert [str(graph.node(id).out) for id in graph.outputs] == ["8x32x32", "16x16x16", "32x8x8"]


@pytest.mark.parametrize("cells", [["C2", "L1", "S2Sw"], "C2L1"], ids=str)
def test_any_cells_work_in_it(cells: Any) -> None:
    spec = al.pyramid(stages=3, channels=(4, 12, 20), heads=(2, 4), cells=cells, input="3x16x24", window=(4, 4))
    assert al.check(spec) == []
    assert al.parse(dumps(spec)) == spec
    maps = al.build(spec)(torch.randn(2, 3, 16, 24))
    assert [tuple(m.shape) for m in maps] == [(2, 4, 16, 24), (2, 12, 8, 12), (2, 20, 4, 6)]


def test_frames_are_kept() -> None:
    spec = al.pyramid(stages=2, channels=8, heads=2, cells="S2Sw", input="3x4x16x16", window=(4, 4))
    maps = al.build(spec.with_stem("patch_embed", patch=2, channels=8))(torch.randn(1, 3, 4, 16, 16))
    assert [tuple(m.shape) for m in maps] == [(1, 8, 4, 8, 8), (1, 16, 4, 4, 4)]


def test_heads_and_windows_go_to_the_stages() -> None:
    spec = al.pyramid(stages=3, channels=8, heads=(1, 2), windows=(8, 4), cells="S2", input="3x32x32")
    rows = al.estimate(spec).plan
    assert [(row.node, row.heads, row.window) for row in rows] == [
        ("stage0", 1, (1, 8, 8)),
        ("stage1", 2, (1, 4, 4)),
        ("stage2", 2, (1, 4, 4)),  # a short list repeats its last
    ]
    assert [row.heads for row in al.estimate(spec.with_block("stage1", [{"code": "S2", "heads": 4}])).plan] == [1, 4, 2]


def test_another_way_down_and_values_for_stages_that_are_not_there() -> None:
    spec = al.pyramid(stages=2, channels=8, cells="C2", down="conv_stride", input="3x16x16", heads=(2, 4, 8))
    (surplus,) = al.check(spec)
    assert (surplus.code, surplus.severity, surplus.path) == ("AL033", "warning", "$.layout.heads")
    assert [tuple(m.shape) for m in al.build(spec)(torch.randn(1, 3, 16, 16))] == [(1, 8, 16, 16), (1, 16, 8, 8)]
    plain = spec.with_layout(heads=2, down="patch_merge").with_link("stage0>stage1", "patch_merge", norm="none")
    assert not [name for name, _ in al.build(plain).named_parameters() if ".norms." in name]


def test_what_is_estimated_is_what_the_net_holds() -> None:
    spec = al.pyramid(stages=2, channels=4, heads=2, cells="SwL1", input="3x2x16x24", window=(4, 4), drop_path=0.2)
    spec = spec.with_stem("patch_embed", patch=2, channels=8).with_head("classify", norm="channel")
    held_against_the_module(spec, 2)
