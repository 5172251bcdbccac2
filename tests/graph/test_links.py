"""Links overridden, switched off, added; and every way in which maps can fail to meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlab import hrnet, unet
from archlab.document.reading import read_data
from archlab.graph import expand
from archlab.parts import catalog

BASE = hrnet(levels=3, channels=8, cells="C2", input="3x32x32")


def found(spec):
    return [d for d in expand(spec, catalog.default()).diagnostics if d.severity == "error"]


def graph(spec):
    assert found(spec) == []
    return expand(spec, catalog.default()).graph


def test_another_kind():
    g = graph(BASE.with_link("B01>B12", kind="interp_conv1"))
    assert g.link("B01>B12").kind == "interp_conv1"
    assert g.link("B00>B11").kind == "patch_merge"


def test_off_and_on_again():
    g = graph(BASE.with_link("B11>B12", off=True))
    assert g.node("B12").inputs == ("B01>B12",)
    assert g.link("B11>B12").off
    assert graph(BASE.with_link("B11>B12", off=True).without_link("B11>B12")) == graph(BASE)


def test_an_extra_link_upwards():
    g = graph(BASE.with_link("B11>B02", kind="interp_conv3"))
    link = g.link("B11>B02")
    assert (link.steps, link.channels, link.derived) == (-1, 8, False)
    assert g.node("B02").inputs[-1] == "B11>B02"


def test_a_node_that_loses_all_inputs():
    (fault,) = found(BASE.with_link("B00>B01", off=True))
    assert (fault.code, fault.node, fault.message) == ("AL101", "B01", "No link arrives.")


@pytest.mark.parametrize(
    ("id", "fields", "code"),
    [
        ("B00>B99", {"kind": "identity"}, "AL032"),
        ("nonsense", {"kind": "identity"}, "AL032"),
        ("B12>B00", {"kind": "identity"}, "AL032"),
        ("B00>B00", {"kind": "identity"}, "AL032"),
        ("B00>B02>B12", {"kind": "identity"}, "AL032"),
        ("B11>B02", {}, "AL032"),
        ("B01>B12", {"kind": "no_such"}, "AL015"),
        ("B01>B12", {"kind": "patch_merge", "foo": 1}, "AL011"),
        ("B00>B01", {"kind": "gate"}, "AL105"),
    ],
)
def test_links_that_cannot_be(id, fields, code):
    faults = found(BASE.with_link(id, **fields))
    assert [d.code for d in faults] == [code]
    assert faults[0].path.startswith(f"$.links.{id}")


def test_an_identity_cannot_change_the_level():
    faults = found(BASE.with_link("B01>B12", kind="identity"))
    assert faults[0].node == "B01>B12"
    assert faults[0].code.startswith("AL3")


def test_another_width_in_one_block_is_told_at_the_links_that_leave_it():
    faults = found(BASE.with_block("B01", channels=12))
    assert {d.node for d in faults} >= {"B01>B02"}
    assert all(d.hint for d in faults if d.node == "B01>B02")


def test_a_gate_whose_steering_map_is_off():
    (fault,) = found(unet(levels=2, channels=8, cells="C2", input="1x16x16").with_link("U1>U0", off=True))
    assert (fault.code, fault.node) == ("AL105", "D0>U0")
    assert "U1>U0" in fault.message


def test_a_gate_and_its_steering_map_of_two_shapes():
    (fault,) = found(unet(levels=2, channels=8, cells="C2", input="1x16x16").with_block("D0", channels=12))
    assert (fault.code, fault.node) == ("AL106", "D0>U0")
    assert "12x16x16" in fault.message
    assert "8x16x16" in fault.message


def test_an_input_that_cannot_be_halved_names_the_sizes_that_can():
    faults = found(hrnet(levels=4, channels=8, cells="C2", input="3x30x36"))
    assert (faults[0].code, faults[0].path) == ("AL100", "$.input.size")
    assert faults[0].hint == "Use an input of 24x32 or 32x40."


def test_a_fault_in_one_block_leaves_the_shapes_of_all_others():
    expansion = expand(BASE.with_block("B11", "C2Xx"), catalog.default())
    assert [(d.code, d.path, d.span) for d in expansion.diagnostics] == [("AL022", "$.blocks.B11", (2, 4))]
    assert all(n.out is not None for n in expansion.graph.nodes)
    assert [c.cell is None for c in expansion.graph.node("B11").cells] == [False, True]


def test_channels_past_the_limit():
    faults = found(hrnet(levels=12, channels=65_536, cells="C2", input="1x4096x4096"))
    assert {d.code for d in faults} == {"AL104"}


DEEP = hrnet(levels=2, channels=8, cells="C2", input="3x4x16x16")


def test_fields_of_a_kind_and_of_one_link():
    spec = DEEP.with_link_options("interp_conv3", mode="nearest", dims=3).with_link_options("patch_merge", dims=3)
    spec = spec.with_link("out1>agg", mode="spline").with_link("B00>B11", "conv_stride", dims=3)
    g = graph(spec)
    up, one, other = (g.link(id).part for id in ("B11>F0", "out1>agg", "B00>B11"))
    assert (up.mode, up.dims) == ("nearest", 3)
    assert (one.mode, one.dims) == ("spline", 3)
    assert (type(other).type, other.dims) == ("conv_stride", 3)
    assert g.node("B11").out.size == (2, 8, 8)
    assert g.node("agg").out.size == (4, 16, 16)


def test_wrong_fields_of_a_kind_are_told_once_and_not_used():
    faults = found(DEEP.with_link_options("interp_conv3", mode="cubic", dims=2, kernel=5))
    assert sorted((d.code, d.path) for d in faults) == [
        ("AL011", "$.link_options.interp_conv3.kernel"),
        ("AL013", "$.link_options.interp_conv3.mode"),
    ]


def test_depths_that_do_not_agree():
    faults = found(DEEP.with_link_options("patch_merge", dims=3))
    assert [(d.code, d.node) for d in faults] == [("AL108", "F0")]
    assert "8x2x16x16" in faults[0].message
    assert faults[0].message.endswith("D must agree.")
    assert faults[0].hint == "Use the same dims for all links between two levels, down and up."


def test_a_depth_that_cannot_halve_is_not_hidden_by_a_height_that_cannot():
    spec = hrnet(levels=2, channels=8, cells="C2", input="3x3x15x16").with_link_options("patch_merge", dims=3)
    assert {d.code for d in found(spec)} >= {"AL100", "AL305"}


def test_a_gate_and_its_steering_map_of_two_depths():
    spec = unet(levels=2, channels=8, cells="C2", input="1x4x16x16").with_link_options("patch_merge", dims=3)
    told = {d.node: d for d in found(spec)}["D1>U1"]
    assert told.code == "AL106"
    assert "at 2x8x8" in told.hint


CELLS = hrnet(levels=2, channels=8, cells="C2", input="3x4x16x16", up="interp_cells", window=[1, 8, 8], patch=[1, 2, 2])


def test_cells_of_a_link_are_settled_like_those_of_a_block():
    spec = CELLS.with_option(heads=4, norm="layer").with_code_option("G1", heads=2)
    link = graph(spec).link("B11>F0")
    assert [use.code for use in link.cells] == ["T1", "L1", "G1"]
    assert [use.cell.heads for use in link.cells] == [4, 4, 2]
    assert {use.cell.norm for use in link.cells} == {"layer"}
    assert [(use.x.channels, use.x.size) for use in link.cells] == [
        (16, (4, 16, 16)),
        (8, (4, 16, 16)),
        (8, (4, 16, 16)),
    ]
    assert link.out == link.cells[-1].out
    local = link.cells[1]
    assert dict(local.origin)["window"] == "plan"
    assert local.cell.window == (1, 8, 8)  # that of the level it goes to


def test_cells_of_a_link_have_the_options_of_the_level_that_it_leads_to():
    g = graph(CELLS.with_option(heads=4).with_level_option(0, heads=2).with_level_option(1, heads=1))
    assert [use.cell.heads for use in g.link("B11>F0").cells] == [2, 2, 2]
    assert dict(g.link("B11>F0").cells[0].origin)["heads"] == "level"


def test_windows_of_a_target_block():
    spec = unet(levels=2, channels=8, cells="L1", input="1x32x32", up="interp_cells", heads=2)
    spec = spec.with_option(window=[1, 8, 8], patch=[1, 2, 2])
    g = graph(spec)
    assert g.link("U1>U0").cells[1].cell.window == g.node("U0").cells[0].cell.window


def test_a_cell_string_of_one_link_and_of_a_kind():
    spec = CELLS.with_link_options("interp_cells", cells="C2C2").with_link("B11>F0", cells="V2")
    g = graph(spec)
    assert [use.code for use in g.link("B11>F0").cells] == ["V2"]
    assert [use.code for use in g.link("out1>agg").cells] == ["C2", "C2"]
    assert g.link("B11>F0").cells[0].path == "$.links.B11>F0.cells"
    assert g.link("out1>agg").cells[0].path == "$.link_options.interp_cells.cells"


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (CELLS.with_link("B11>F0", cells="C2Xx"), [("AL022", "$.links.B11>F0.cells", "B11>F0", (2, 4))]),
        (CELLS.with_link("B11>F0", cells=""), [("AL020", "$.links.B11>F0.cells", "B11>F0", None)]),
        (
            CELLS.with_link_options("interp_cells", cells="C2C"),
            [("AL021", "$.link_options.interp_cells.cells", "", (2, 3))],
        ),
    ],
)
def test_faults_in_the_cells_of_a_link(spec, told):
    assert [(d.code, d.path, d.node, d.span) for d in found(spec)] == told


def test_what_a_cell_of_a_link_does_not_admit():
    spec = CELLS.with_link_options("interp_cells", cells="C2T1").with_link("out1>agg", "interp_cells", cells="T1C2")
    faults = found(spec.with_option(heads=5))
    assert [(d.code, d.path, d.node, d.span) for d in faults] == [
        ("AL203", "$.link_options.interp_cells.cells", "B11>F0", (2, 4)),
        ("AL203", "$.links.out1>agg.cells", "out1>agg", (0, 2)),
    ]
    shown = found(CELLS.with_option(heads=5))
    assert {(d.path, d.span) for d in shown} == {("$.layout.up", None)}  # the string is the kind's own


def test_cells_of_a_link_that_is_off_are_not_judged():
    assert found(CELLS.with_link("B11>F0", "interp_cells", cells="T1", off=True).with_option(heads=8)) == []


HEAD = hrnet(levels=2, channels=8, cells="C2", input="3x16x16").with_head("dense")


def test_an_extra_link_into_the_head():
    g = graph(HEAD.with_stem("conv", channels=8).with_link("stem>head", "zero_pad"))
    link = g.link("stem>head")
    assert (link.steps, link.channels, link.derived) == (0, 24, False)
    assert g.head.inputs == ("agg>head", "stem>head")
    assert (g.head.merge.type, g.head.x) == ("sum", g.node("agg").out)
    assert graph(HEAD.with_link("input>head", "zero_pad")).head.inputs == ("agg>head", "input>head")


def test_extra_links_that_do_not_fit_the_head():
    (fault,) = found(HEAD.with_stem("conv", channels=8).with_link("stem>head", "identity"))
    assert (fault.code, fault.node) == ("AL303", "stem>head")
    (fault,) = found(HEAD.with_stem("conv_stride", channels=8, steps=1).with_link("input>head", "zero_pad"))
    assert (fault.code, fault.node) == ("AL102", "head")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 70) | st.sampled_from(["C2", "T1L1", "Xx", "hrnet", "gate", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["levels", "channels", "heads", "window", "kind", "off", "B00", "B00>B01", "code", "type"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("cells", "options", "blocks", "links", "stem", "head"), JSON)))
def test_no_document_makes_the_expansion_raise(parts):
    data = {"format": "archlab/1", "input": {"channels": 1, "size": [16, 16]}, "layout": {"type": "hrnet", "levels": 2}}
    reading = read_data(data | parts)
    if reading.spec is not None:
        expand(reading.spec, catalog.default())
