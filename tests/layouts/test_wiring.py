"""The wiring rules of SNRAware's three backbones (its paper and configuration), for any number of levels."""

import pytest

from archlab import hrnet, soanet, unet
from archlab.graph import expand
from archlab.parts import catalog


def graph(spec):
    expansion = expand(spec, catalog.default())
    assert [str(d) for d in expansion.diagnostics if d.severity == "error"] == []
    return expansion.graph


def inputs(g, node):
    return sorted((g.link(id).source, g.link(id).kind, g.link(id).steps) for id in g.node(node).inputs)


@pytest.mark.parametrize("levels", [1, 2, 3, 4, 5, 7])
def test_hrnet_counts(levels):
    size = 2 ** max(levels, 4)
    g = graph(hrnet(levels=levels, channels=4, cells="C2", input=f"3x{size}x{size}"))
    blocks = [n for n in g.nodes if n.kind == "block"]
    assert len(blocks) == levels * (levels + 1) // 2 + levels
    links = [k for k in g.links if not k.target.startswith(("F", "agg", "out"))]
    down = [k for k in links if k.steps > 0]
    # the number of down links before the fusion is the sum over stages of s(s+1)/2
    assert len(down) == sum(s * (s + 1) // 2 for s in range(1, levels))
    assert not [k for k in links if k.steps < 0]
    assert g.outputs == (*(f"out{k}" for k in range(levels)), "agg")
    assert [g.node(o).out.channels for o in g.outputs] == [4 * 2**k for k in range(levels)] + [4 * (2**levels - 1)]
    assert g.node("agg").out.size == (size, size)


def test_hrnet_4_level_links_are_those_of_the_paper():
    g = graph(hrnet(levels=4, channels=4, cells="C2", input="3x16x16"))
    assert inputs(g, "B00") == [("input", "identity", 0)]
    assert inputs(g, "B01") == [("B00", "identity", 0)]
    assert inputs(g, "B11") == [("B00", "patch_merge", 1)]
    assert inputs(g, "B22") == [("B01", "patch_merge", 2), ("B11", "patch_merge", 1)]
    assert inputs(g, "B03") == [("B00", "identity", 0), ("B01", "identity", 0), ("B02", "identity", 0)]
    assert inputs(g, "B13") == [("B02", "patch_merge", 1), ("B11", "identity", 0), ("B12", "identity", 0)]
    assert inputs(g, "B33") == [("B02", "patch_merge", 3), ("B12", "patch_merge", 2), ("B22", "patch_merge", 1)]
    assert inputs(g, "F1") == [
        ("B03", "patch_merge", 1),
        ("B13", "identity", 0),
        ("B23", "interp_conv3", -1),
        ("B33", "interp_conv3", -2),
    ]
    assert g.node("agg").merge == "concat"
    assert [g.link(id).source for id in g.node("agg").inputs] == ["out0", "out1", "out2", "out3"]


def test_hrnet_may_have_more_stages_than_levels():
    g = graph(hrnet(levels=2, stages=4, channels=4, cells="C2", input="3x16x16"))
    assert [n.id for n in g.nodes if n.id.startswith("B")] == ["B00", "B01", "B11", "B02", "B12", "B03", "B13"]
    assert inputs(g, "B13") == [("B02", "patch_merge", 1), ("B11", "identity", 0), ("B12", "identity", 0)]
    assert inputs(g, "F0") == [("B03", "identity", 0), ("B13", "interp_conv3", -1)]


def test_names_of_blocks_past_nine():
    g = graph(hrnet(levels=1, stages=12, channels=2, cells="C2", input="1x4x4"))
    assert "B0_11" in [n.id for n in g.nodes]
    assert "B09" in [n.id for n in g.nodes]


@pytest.mark.parametrize("gate", [True, False])
def test_unet(gate):
    g = graph(unet(levels=3, channels=8, cells=["C2", "C2C2", "C2", "C2C2C2"], gate=gate, input="2x32x32"))
    assert [(n.id, n.level, n.stage) for n in g.nodes if n.kind == "block"] == [
        ("D0", 0, 0),
        ("D1", 1, 1),
        ("D2", 2, 2),
        ("bridge", 3, 3),
        ("U2", 2, 4),
        ("U1", 1, 5),
        ("U0", 0, 6),
    ]
    out = {n.id: (n.x.channels, n.out.channels, n.out.height) for n in g.nodes if n.kind == "block"}
    assert out == {
        "D0": (2, 8, 32),
        "D1": (8, 16, 16),
        "D2": (16, 32, 8),
        "bridge": (32, 32, 4),
        "U2": (64, 16, 8),
        "U1": (32, 8, 16),
        "U0": (16, 8, 32),
    }
    assert [g.link(id).source for id in g.node("U1").inputs] == ["D1", "U2"]
    skip = g.link("D1>U1")
    assert (skip.kind, skip.query) == (("gate", "U2>U1") if gate else ("identity", ""))
    assert g.node("bridge").text == "C2C2C2"
    assert g.node("U1").text == "C2C2"
    assert g.outputs == ("U0",)


def test_soanet():
    g = graph(soanet(stages=3, channels=8, cells=["C2", "C2C2"], downsample=[True, False], input="3x32x32"))
    assert [(n.id, n.level, n.out.channels, n.out.height, n.text) for n in g.nodes if n.kind == "block"] == [
        ("stage0", 0, 8, 32, "C2"),
        ("stage1", 1, 16, 16, "C2C2"),
        ("stage2", 1, 32, 16, "C2C2"),
    ]
    assert g.link("stage0>stage1").channels == 16
    assert g.outputs == ("stage0", "stage1", "stage2")


def test_a_list_of_channels():
    g = graph(hrnet(levels=3, channels=[10, 12], cells="C2", input="3x16x16"))
    assert [g.node(f"out{k}").out.channels for k in range(3)] == [10, 12, 24]


def test_fields_out_of_range_are_told_not_raised():
    for spec in (hrnet(levels=0), hrnet(levels=10**9), soanet(stages=-1), unet(levels="x")):
        expansion = expand(spec, catalog.default())
        assert expansion.graph is None
        assert [d.code for d in expansion.diagnostics] == ["AL013"]
        assert expansion.diagnostics[0].path.startswith("$.layout.")


def test_an_unknown_layout_and_field():
    expansion = expand(hrnet(cells="C2Xx").with_layout(levls=2), catalog.default())
    assert [(d.code, d.path) for d in expansion.diagnostics] == [("AL011", "$.layout.levls"), ("AL022", "$.cells")]
    assert expansion.diagnostics[0].hint == 'Did you mean "levels"?'
    assert expansion.graph is not None


def test_a_layout_that_cannot_be_made_hides_no_other_fault():
    spec = hrnet(levels=99, cells=["C2", "C"]).with_block("B00", "Q9").with_option(headz=3)
    assert [(d.code, d.path) for d in expand(spec, catalog.default()).diagnostics] == [
        ("AL013", "$.layout.levels"),
        ("AL011", "$.options.headz"),
        ("AL021", "$.cells[1]"),
        ("AL022", "$.blocks.B00"),
    ]
