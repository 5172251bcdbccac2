"""Types and schema that are made from the Python types: current, and true of real documents."""

import jsonschema
import pytest

from archlab.bridge import codegen
from archlab.document.schema import json_schema
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


def test_every_message_and_event_has_a_type():
    text = codegen.typescript()
    for name in ("CheckReply", "GraphNode", "CostRow", "TrainRequest", "Frame", "Captured", "ProfileFinished"):
        assert f"export interface {name} {{" in text
    assert 'op: "train";' in text
    assert "data: BufferRef;" in text
