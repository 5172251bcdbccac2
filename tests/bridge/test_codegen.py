"""Types and schema that are made from the Python types: current, and true of real documents."""

import jsonschema
import pytest

from archlab import hrnet
from archlab.bridge import codegen
from archlab.bridge.constants import field_order
from archlab.document.reading import read_data
from archlab.document.schema import json_schema
from archlab.document.spec import LEFT_OUT
from archlab.templates import templates

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
GOOD = {"format": "archlab/1", "input": {"channels": 3, "size": [8, 8]}, "layout": {"type": "hrnet", "levels": 2}}


def test_the_generated_files_are_current():
    assert codegen.main(["--check"]) == 0


@pytest.mark.parametrize("template", templates(), ids=lambda t: t.name)
def test_every_template_satisfies_the_schema(template):
    VALIDATOR.validate(template.spec.to_dict())


def test_overrides_satisfy_the_schema():
    blocks = {"B00": "C2", "B01": ["C2", {"code": "T1", "heads": 2}], "B11": {"cells": "C2", "dense": True}}
    links = {"B00>B11": {"kind": "interp_conv1"}, "B00>B01": {"off": True}}
    VALIDATOR.validate(GOOD | {"blocks": blocks, "links": links, "head": {"type": "classify", "classes": 3}})


@pytest.mark.parametrize(
    "bad",
    [
        {"nme": "x"},
        {"format": "archlab/2"},
        {"input": {"channels": 0, "size": [8, 8]}},
        {"input": {"channels": 1, "size": [8]}},
        {"blocks": {"B00": {"cellz": "C2"}}},
        {"cells": 5},
    ],
)
def test_what_reading_refuses_the_schema_refuses(bad):
    assert not VALIDATOR.is_valid(GOOD | bad)


@pytest.mark.parametrize(
    "name",
    ["Catalog", "Schema", "CheckReply", "GraphNode", "CostRow", "TrainRequest", "Frame", "Captured", "ProfileFinished"],
)
def test_what_both_sides_speak_of_has_a_type(name):
    assert f"export interface {name} {{" in codegen.types()


def test_types_say_what_may_be_left_out_and_how_arrays_come():
    text = codegen.types()
    assert 'op: "train";' in text
    assert "  anyOf?: Schema[];\n" in text
    assert "data: BufferRef;" in text


def test_the_order_of_fields_is_that_of_written_documents():
    """What the editor is told of the order is read from the types; documents are written by `Spec.to_dict`."""
    order = dict(field_order())
    spec = hrnet(levels=2).with_head("classify", classes=3).with_stem("conv").with_compat("snraware")
    spec = spec.with_option(norm="layer").with_code_option("C2", mixer="none")
    spec = spec.with_link_options("interp_conv3", mode="nearest")
    spec = spec.with_block("B11", [{"code": "T1", "heads": 2}], dense=True, options={"norm": "layer"}, channels=8)
    spec = spec.with_block("B11", checkpoint=True).with_link("B00>B11", kind="identity", off=True)
    spec = spec.with_level_option(1, heads=2).with_neck("any").with_outputs("out0")
    document = spec.to_dict()
    assert list(document) == order["$"]
    assert list(document["input"]) == order["$.input"]
    assert list(document["blocks"]["B11"]) == order["$.blocks.*"]
    assert list(document["links"]["B00>B11"]) == order["$.links.*"]


def test_what_is_left_out_of_a_file_is_what_counts_without_it():
    fields = {path.removeprefix("$."): value for path, value in LEFT_OUT.items() if "*" not in path}
    assert read_data(GOOD | fields).spec == read_data(GOOD).spec
