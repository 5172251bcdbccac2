"""What a fusion does, told from the graph: ways, operations, shapes and costs."""

from __future__ import annotations

import pytest

import archlab as al
from archlab.views.fusion_table import fusions

HRNET = al.hrnetv2(channels=4, first_channels=16, modules=(1, 1), cells=(("K2",), ("R2",)), input="3x32x48")
HRVIT = al.hrvit(channels=(8, 16, 32), modules=(1, 1, 1), stripes=1, cells="H2", input="3x32x48", dim_head=4)


def test_every_way_into_a_fusion_of_hrnet() -> None:
    found = al.fusion_table(HRNET, "F1_2")
    assert [(way.source, way.direction, way.kind) for way in found.ways] == [
        ("B02", "down 1", "conv_stride"),
        ("B12", "same level", "identity"),
        ("B22", "up 1", "conv_interp"),
    ]
    down, same, up = found.ways
    assert down.operations == ("convolution 3x3, 4 to 8 channels, stride 2", "BatchNorm2d")
    assert same.operations == ()
    assert up.operations == ("convolution 1x1, 16 to 8 channels", "BatchNorm2d", "nearest interpolation to 16x24")
    assert (down.enters, down.arrives) == ((4, 32, 48), (8, 16, 24))
    assert down.params == 4 * 8 * 9 + 2 * 8
    assert down.macs == 4 * 8 * 9 * 16 * 24
    assert (same.params, same.macs) == (0, 0)
    assert found.behind == ("ReLU",)
    assert found.leaves == (8, 16, 24)
    assert "handed on as it is" in str(found)
    assert "the sum of 3 maps, then ReLU; 8x16x24 leaves" in found.title


def test_two_levels_down_are_a_chain_in_hrnet_and_one_operation_in_hrvit() -> None:
    chain = al.fusion_table(HRNET, "F2_2").ways[0]
    assert chain.steps == 2
    assert [word for word in chain.operations if "convolution" in word] == [
        "convolution 3x3, stride 2",
        "convolution 3x3, 4 to 16 channels, stride 2",
    ]
    single = al.fusion_table(HRVIT, "F2_2").ways[0]
    assert single.operations == (
        "depth-wise convolution 5x5, stride 4",
        "BatchNorm2d",
        "convolution 1x1, 8 to 32 channels",
        "BatchNorm2d",
    )
    assert al.fusion_table(HRVIT, "F2_2").behind == ("GELU",)


def test_the_sum_is_that_of_the_estimate() -> None:
    costs = {row.id: row for row in al.estimate(HRVIT).links}
    for node in fusions(HRVIT):
        for way in al.fusion_table(HRVIT, node).ways:
            row = costs[f"{way.source}>{node}"]
            assert (way.params, way.macs, way.elementwise) == (row.params, row.macs, row.elementwise)


def test_fusions_are_where_levels_meet() -> None:
    assert fusions(HRNET) == ("F0_1", "F1_1", "F0_2", "F1_2", "F2_2")
    assert fusions(al.soanet(stages=2, channels=4, cells="C2", input="1x16x16")) == ()


def test_a_gate_has_two_inputs() -> None:
    found = al.fusion_table(al.unet(levels=2, channels=4, cells="C2", input="1x16x16"), "U1")
    assert found.merge == "concatenation"
    assert found.ways[0].operations[-2:] == ("sigmoid", "times the skip")
    assert found.behind == ("C2",)


def test_a_merge_of_patches_says_where_its_channels_come_from() -> None:
    found = al.fusion_table(al.hrnet(levels=2, channels=8, cells="C2", input="3x16x16"), "F1").ways
    down = next(way for way in found if way.steps == 1)
    assert down.operations == ("2x2 pixels side by side as channels", "convolution 1x1, 32 to 16 channels")


def test_shown_in_a_notebook() -> None:
    assert "<table>" in al.fusion_table(HRNET, "F0_1")._repr_html_()


def test_another_node_is_suggested() -> None:
    with pytest.raises(al.ArchlabError, match="F1_2"):
        al.fusion_table(HRNET, "F1_22")
    with pytest.raises(al.ArchlabError, match="errors"):
        al.fusion_table(HRNET.with_cells("Zz"), "F1_2")
