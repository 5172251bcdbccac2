"""Reading: every fault reported, with path and hint; nothing raises, nothing executes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archlab.document.reading import read_data, read_text
from archlab.document.writing import dumps

GOOD = {
    "format": "archlab/1",
    "name": "my hrnet",
    "compat": "snraware",
    "input": {"channels": 3, "size": [224, 224]},
    "layout": {"type": "hrnet", "levels": 3, "channels": 32},
    "cells": "T1L1G1",
    "options": {"window": [1, 8, 8], "heads": 8},
    "code_options": {"G1": {"heads": 4}},
    "blocks": {
        "B11": "C2C2",
        "B22": {"cells": ["T1", {"code": "G1", "heads": 2}], "options": {"arrangement": "parallel"}, "dense": True},
    },
    "link_options": {"interp_conv3": {"mode": "nearest"}},
    "links": {"B01>B12": {"kind": "interp_conv1"}, "B11>B22": {"off": True}},
    "stem": {"type": "conv", "channels": 16},
    "head": {"type": "classify", "classes": 10},
}


def faults(data):
    reading = read_data(data)
    assert reading.spec is None
    return [(d.code, d.path) for d in reading.diagnostics]


def test_a_good_document_reads_and_writes_back():
    reading = read_data(GOOD)
    assert reading.diagnostics == ()
    assert reading.spec.to_dict() == GOOD
    assert json.loads(dumps(reading.spec)) == GOOD
    assert read_text(dumps(reading.spec)).spec == reading.spec


def test_the_text_is_canonical_whatever_the_order():
    shuffled = dict(reversed(GOOD.items()))
    assert dumps(read_data(shuffled).spec) == dumps(read_data(GOOD).spec)


def test_documents_are_hashable_and_immutable():
    spec = read_data(GOOD).spec
    assert hash(spec) == hash(read_data(GOOD).spec)
    changed = spec.with_block("B12", "V2V2").with_link("B00>B01", off=True).with_option(heads=2)
    assert spec.to_dict() == GOOD
    assert changed.to_dict()["blocks"]["B12"] == "V2V2"
    assert changed.to_dict()["links"]["B00>B01"] == {"off": True}
    assert changed.to_dict()["options"]["heads"] == 2
    assert changed.without_block("B12").without_link("B00>B01").with_option(heads=8) == spec


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "AL003", "The text is empty."),
        (b"\xff\xfe{", "AL002", "The text is not UTF-8: byte 0 cannot be read."),
        ("{", "AL005", "at line 1, column 2"),
        ('{"format": NaN}', "AL005", "NaN is no JSON number"),
        ('{"a": 1, "a": 2}', "AL006", 'The key "a" stands twice in one object.'),
        ("[" * 100 + "]" * 100, "AL004", "nested 100 deep; the limit is 64"),
        ("[" * 100_000, "AL004", "nested 100000 deep"),
        ('{"x": "' + "a" * 5_000_000 + '"}', "AL001", "5\u202f000\u202f009 bytes; the limit is 1\u202f048\u202f576"),
        ('{"x": ' + "9" * 10_000 + "}", "AL005", "not JSON"),
        ("[]", "AL010", "A document is a JSON object, not a list of 0."),
        ("{}", "AL007", 'The field "format" is missing.'),
        ('{"format": "archlab/9"}', "AL007", "newer than this archlab"),
    ],
)
def test_text_that_is_no_document(text, code, says):
    reading = read_text(text)
    assert reading.spec is None
    (found,) = reading.diagnostics
    assert found.code == code
    assert says in str(found)


def test_all_faults_are_told_at_once():
    bad = {
        "format": "archlab/1",
        "nme": "x",
        "compat": 3,
        "link_options": {"patch_merge": 3},
        "input": {"channels": -1, "size": [10**9, "a"], "depth": 3},
        "layout": {"levels": 3},
        "cells": 5,
        "blocks": {"B00": 3, "B11": {"cellz": 1, "dense": "yes", "channels": 0}, "B22": [3]},
        "links": {"a>b": {"kind": 3, "off": 1}},
    }
    assert faults(bad) == [
        ("AL011", "$.nme"),
        ("AL010", "$.compat"),
        ("AL011", "$.input.depth"),
        ("AL013", "$.input.channels"),
        ("AL013", "$.input.size[0]"),
        ("AL010", "$.input.size[1]"),
        ("AL012", "$.layout.type"),
        ("AL010", "$.cells"),
        ("AL010", "$.blocks.B00"),
        ("AL011", "$.blocks.B11.cellz"),
        ("AL010", "$.blocks.B11.dense"),
        ("AL013", "$.blocks.B11.channels"),
        ("AL010", "$.blocks.B22[0]"),
        ("AL010", "$.link_options.patch_merge"),
        ("AL010", "$.links.a>b.off"),
        ("AL010", "$.links.a>b.kind"),
    ]
    hints = {d.path: d.hint for d in read_data(bad).diagnostics}
    assert hints["$.nme"] == 'Did you mean "name"?'
    assert hints["$.blocks.B11.cellz"] == 'Did you mean "cells"?'


def test_an_unknown_original_is_told_with_the_nearest():
    (found,) = read_data(GOOD | {"compat": "snrawar"}).diagnostics
    assert (found.code, found.path, found.hint) == ("AL013", "$.compat", 'Did you mean "snraware"?')
    assert read_data(GOOD | {"compat": None}).spec == read_data(GOOD).spec.with_compat(None)


def test_options_of_a_link_kind_are_merged():
    spec = read_data(GOOD).spec.with_link_options("interp_conv3", dims=2).with_link_options("patch_merge", dims=3)
    assert spec.to_dict()["link_options"] == {
        "interp_conv3": {"dims": 2, "mode": "nearest"},
        "patch_merge": {"dims": 3},
    }


def test_a_name_with_markup_is_kept_as_text():
    name = "<img src=x onerror=alert(1)>"
    assert read_data(GOOD | {"name": name}).spec.name == name


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*GOOD, "x"]), inner, max_size=6),
        max_leaves=20,
    )
)
def test_any_json_gives_a_document_or_a_reason(data):
    if isinstance(data, dict):
        data["format"] = "archlab/1"
    reading = read_data(data)
    assert (reading.spec is None) == bool(reading.diagnostics)
    if reading.spec is not None:
        assert read_text(dumps(reading.spec)).spec == reading.spec


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_a_reason(raw):
    reading = read_text(raw)
    assert reading.spec is not None or reading.diagnostics
