"""Faults that hide: equal keys, empty lists, values out of range, fields without effect."""

import pytest

from archlab import check, hrnet, soanet
from archlab.document.reading import read_data, read_text
from archlab.document.values import FrozenMap, freeze
from archlab.document.writing import dumps
from archlab.graph import expand
from archlab.parts import catalog

BASE = hrnet(levels=2, channels=8, cells="C2", input="3x16x16")


def told(spec):
    return [(d.code, d.path) for d in check(spec)]


@pytest.mark.parametrize(
    ("wrong", "right", "path"),
    [
        (BASE.with_option(dense=0), BASE.with_option(dense=False), "$.options.dense"),
        (BASE.with_option(mixer_ratio=True), BASE.with_option(mixer_ratio=1), "$.options.mixer_ratio"),
        (BASE.with_layout(levels=True), BASE.with_layout(levels=1), "$.layout.levels"),
    ],
)
@pytest.mark.parametrize("first", ["wrong", "right"])
def test_a_mistake_and_its_correction_are_two_documents(wrong, right, path, first):
    for spec in (wrong, right) if first == "wrong" else (right, wrong):
        assert told(spec) == ([("AL013", path)] if spec is wrong else [])


def test_frozen_maps_tell_types_apart_and_ignore_order():
    assert FrozenMap({"a": 1}) != FrozenMap({"a": True})
    assert FrozenMap({"a": (1, 2)}) != FrozenMap({"a": (1, 2.0)})
    assert FrozenMap({"a": 1, "b": 2}) == FrozenMap({"b": 2, "a": 1})
    assert hash(FrozenMap({"a": 1, "b": 2})) == hash(FrozenMap({"b": 2, "a": 1}))


def test_equal_documents_have_one_text():
    one, two = hrnet(heads=4, norm="layer"), hrnet(norm="layer", heads=4)
    assert one == two
    assert dumps(one) == dumps(two)


def test_what_is_no_json_value_is_refused_where_it_is_given():
    with pytest.raises(TypeError, match="set is no JSON value"):
        hrnet(window={8})


def test_numpy_numbers_are_numbers():
    numpy = pytest.importorskip("numpy")
    assert freeze({"a": numpy.int64(3), "b": numpy.float32(0.5)}) == FrozenMap({"a": 3, "b": 0.5})


def test_an_empty_list_of_cells():
    assert told(BASE.with_cells([])) == [("AL020", "$.cells")]


@pytest.mark.parametrize(
    ("input", "paths"),
    [
        ("0x16x16", ["$.input.channels"]),
        ("3x1000000000x16", ["$.input.size[0]"]),
        ("3x-5x-5", ["$.input.size[0]", "$.input.size[1]"]),
    ],
)
def test_absurd_inputs_from_python(input, paths):
    assert told(BASE.with_input(input)) == [("AL013", path) for path in paths]
    assert expand(BASE.with_input(input), catalog.default()).graph is None


@pytest.mark.parametrize("channels", [0, -5, 10**9])
def test_absurd_widths_of_one_block(channels):
    assert told(BASE.with_block("B00", channels=channels)) == [("AL013", "$.blocks.B00.channels")]


def test_infinity_is_no_number():
    text = '{"format": "archlab/1", "input": "1x8x8", "layout": "hrnet", "options": {"mixer_ratio": 1e999}}'
    assert [d.code for d in read_text(text).diagnostics] == ["AL005"]


def test_options_of_codes_that_the_document_does_not_use():
    spec = BASE.with_code_option("L1", bogus=1, heads="many")
    assert told(spec) == [("AL011", "$.code_options.L1.bogus"), ("AL013", "$.code_options.L1.heads")]


def test_null_is_no_value():
    assert told(BASE.with_option(heads=None)) == [("AL013", "$.options.heads")]
    frame = {"format": "archlab/1", "input": "1x8x8", "layout": "hrnet"}
    nulls = {"blocks": {"B00": {"dense": None}}, "links": {"B00>B01": {"off": None}}}
    assert [d.path for d in read_data(frame | nulls).diagnostics] == ["$.blocks.B00.dense", "$.links.B00>B01.off"]


def test_fields_of_no_stem():
    assert told(BASE.with_stem("none", bogus=1)) == [("AL011", "$.stem.bogus")]


def test_an_unknown_kind_is_told_at_its_field():
    assert ("AL015", "$.layout.down") in told(BASE.with_layout(down="bogus"))


def test_a_fault_of_a_part_is_told_where_its_value_stands():
    spec = BASE.with_option(heads=7).with_block("B00", ["L1"]).with_block("B01", [{"code": "L1", "heads": 7}])
    assert told(spec) == [("AL203", "$.blocks.B00[0]"), ("AL203", "$.blocks.B01[0].heads")]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (hrnet(levels=3, stages=1, channels=4, cells="C2", input="1x16x16"), "stages"),
        (hrnet(levels=2, channels=[4, 8, 16], cells="C2", input="1x16x16"), "channels"),
        (soanet(stages=2, channels=4, downsample=[True, False], cells="C2", input="1x16x16"), "downsample"),
    ],
)
def test_fields_without_effect_are_told(spec, field):
    (found,) = check(spec)
    assert (found.code, found.severity, found.path) == ("AL033", "warning", f"$.layout.{field}")


def test_an_input_is_only_blamed_where_sizes_do_not_meet():
    spec = soanet(stages=3, channels=4, down="conv_stride", cells="C2", input="1x30x30")
    assert told(spec) == []
    assert [d.code for d in check(spec.with_link("input>stage0", off=True))] == ["AL101"]


def test_many_wrong_overrides_are_told_quickly_and_not_all():
    blocks = {f"X{i}": "C2" for i in range(3000)}
    links = {f"X{i}>Y{i}": {"kind": "identity"} for i in range(3000)}
    frame = {"format": "archlab/1", "input": "1x8x8", "layout": {"type": "hrnet", "levels": 2}}
    found = check(read_data(frame | {"blocks": blocks, "links": links}).spec)
    assert len(found) == 501
    assert (found[-1].code, found[-1].message) == ("AL034", "5\u202f500 further diagnostics are left out.")


def test_a_path_is_that_of_the_document_as_written():
    frame = {"format": "archlab/1", "input": "1x8x8", "layout": {"type": "hrnet", "levels": 1}}
    for block, path in (({"cells": ["Zz"]}, "$.blocks.B00.cells[0]"), (["Zz"], "$.blocks.B00[0]")):
        spec = read_data(frame | {"blocks": {"B00": block}}).spec
        assert told(spec) == [("AL022", path)]
        assert spec.to_dict()["blocks"]["B00"] == block


@pytest.mark.parametrize(
    "field", [{"dense": 1}, {"options": None}, {"channels": True}, {"depth": 3}, {"channels": "8"}]
)
def test_a_block_takes_its_fields_with_their_types_alone(field):
    with pytest.raises(TypeError, match="with_block"):
        BASE.with_block("B00", **field)


def test_one_wrong_width_and_one_wrong_size_are_told_once():
    deep = hrnet(levels=12, channels=65_536, cells="C2", input="1x4096x4096")
    assert [d.code for d in check(deep)] == ["AL104"]
    odd = hrnet(levels=3, channels=8, cells="C2", input="3x17x17")
    assert [(d.code, d.path) for d in check(odd)] == [("AL100", "$.input.size")]


def test_a_draft_serves_to_find_further_faults():
    frame = {"format": "archlab/1", "input": "1x16x16", "layout": {"type": "hrnet", "levels": 2}}
    reading = read_data(frame | {"colour": 1, "cells": "Q9", "blocks": {"B77": "C2"}})
    assert reading.spec is None
    assert [d.path for d in (*reading.diagnostics, *check(reading.draft))] == ["$.colour", "$.blocks.B77", "$.cells"]
    assert read_data({"format": "archlab/1", "colour": 1}).draft is None
