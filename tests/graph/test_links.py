"""Links overridden, switched off, added; and every way in which maps can fail to meet."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archlab import catalog, hrnet, unet
from archlab.graph import expand
from archlab.spec.reading import read_data

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


@settings(deadline=None, max_examples=150)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("cells", "options", "blocks", "links", "stem", "head"), JSON)))
def test_no_document_makes_the_expansion_raise(parts):
    data = {"format": "archlab/1", "input": {"channels": 1, "size": [16, 16]}, "layout": {"type": "hrnet", "levels": 2}}
    reading = read_data(data | parts)
    if reading.spec is not None:
        expand(reading.spec, catalog.default())
