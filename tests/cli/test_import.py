"""`archlab import snraware`."""

from __future__ import annotations

import json
from pathlib import Path

import archlab as al

from .conftest import Run

CONFIG = """
backbone:
  name: hrnet
  block_str: [C2]
  num_of_channels: 8
  num_resolution_levels: 2
  with_timer: true
  banana: 3
"""


def test_a_configuration_becomes_a_document(run: Run) -> None:
    Path("config.yaml").write_text(CONFIG)
    done = run("import", "snraware", "config.yaml", "--input", "2x4x32x32", "-o", "a.arch.json")
    assert done.status == 0
    assert done.out == ""
    spec = al.load("a.arch.json")
    assert spec.layout.type == "hrnet"
    assert str(spec.input) == "2x4x32x32"
    assert al.estimate(spec).params


def test_standard_input_to_standard_output(run: Run) -> None:
    done = run("import", "snraware", "-", "--input", "2x4x32x32", stdin=CONFIG.encode())
    assert done.status == 0
    assert al.parse(done.out).layout.type == "hrnet"


def test_json_holds_document_and_notes(run: Run) -> None:
    found = run("import", "snraware", "-", "--input", "2x4x32x32", "--json", stdin=CONFIG.encode()).json
    assert found["ok"] is True
    assert found["spec"]["cells"] == "C2"
    assert any("banana" in note for note in found["notes"])


def test_what_is_no_configuration_is_refused(run: Run) -> None:
    for content in (b"", b"- 1\n", b"{unclosed: [", json.dumps({"backbone": 3}).encode()):
        done = run("import", "snraware", "-", "--input", "2x4x32x32", "--json", stdin=content)
        assert done.status == 1
        assert done.json["diagnostics"]


def test_a_missing_file_is_a_sentence(run: Run) -> None:
    done = run("import", "snraware", "nowhere.yaml", "--input", "2x4x32x32")
    assert done.status == 1
    assert done.err.startswith("error   nowhere.yaml: No such file")
