"""The contract for machines: JSON to the letter, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archlab as al

from .conftest import SMALL, Run

DIAGNOSTIC = {"code", "severity", "path", "node", "message", "hint"}
ROW = {
    "id", "kind", "level", "stage", "params", "macs", "flops", "output_bytes", "activation_bytes", "shape",
}  # fmt: skip
UNREADABLE = {
    "empty": b"",
    "blank": b"  \n",
    "not json": b'{"format": ',
    "not utf-8": b"\xff\xfe{}",
    "a list": b"[]",
    "duplicate keys": b'{"format": "archlab/1", "format": "archlab/1"}',
    "deep": b"[" * 200 + b"]" * 200,
    "5 MB": b'{"name": "' + b"x" * 5_000_000 + b'"}',
    "half a character": b'{"format": "archlab/1", "name": "\\ud800"}',
    "nan": b'{"format": "archlab/1", "x": NaN}',
}


def test_check_of_a_sound_document(run: Run, small: Path) -> None:
    done = run("check", small, "--json")
    assert (done.status, done.json) == (0, {"ok": True, "diagnostics": []})


def test_check_of_an_unsound_document(run: Run, unsound: Path) -> None:
    done = run("check", unsound, "--json")
    assert done.status == 1
    assert done.json["ok"] is False
    (told,) = [d for d in done.json["diagnostics"] if "Q9" in d["message"]]
    assert set(told) - {"span"} == DIAGNOSTIC
    assert (told["severity"], told["node"], told["path"]) == ("error", "B11", "$.blocks.B11")
    assert told["span"] == [2, 4]


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("command", ["check", "estimate", "draw", "profile", "train", "export"])
def test_unreadable_input_is_status_1_with_diagnostics(run: Run, command: str, content: bytes) -> None:
    more = ["-o", "x.svg"] if command == "export" else []
    done = run(command, "-", "--json", *more, stdin=content)
    assert done.status == 1
    assert done.json["diagnostics"][0]["severity"] == "error"
    assert set(done.json["diagnostics"][0]) >= DIAGNOSTIC
    assert not Path("x.svg").exists()


def test_half_a_character_is_told(run: Run) -> None:
    (told,) = run("check", "-", "--json", stdin=UNREADABLE["half a character"]).json["diagnostics"]
    assert told["code"] == "AL002"
    assert "ud800" in told["message"]


@pytest.mark.parametrize("file", ["nowhere.json", ".", "a\0b"])
def test_a_file_that_cannot_be_opened(run: Run, file: str) -> None:
    done = run("check", file, "--json")
    assert done.status == 1
    assert "cannot be opened" in done.json["diagnostics"][0]["message"]


@pytest.mark.parametrize("command", ["profile", "train", "export"])
def test_what_does_not_build_is_not_run(run: Run, unsound: Path, command: str) -> None:
    more = ["-o", "x.safetensors"] if command == "export" else []
    done = run(command, unsound, "--json", *more)
    assert done.status == 1
    assert done.json["ok"] is False
    assert done.json["diagnostics"]


def test_estimate(run: Run, small: Path) -> None:
    done = run("estimate", small, "--json")
    assert done.status == 0
    found, expected = done.json, al.estimate(al.load(small))
    assert found["input"] == {"channels": 1, "size": [16, 16]}
    assert found["params"] == expected.params
    assert found["flops"] == 2 * found["macs"] == expected.flops
    assert found["outputs"][0] == {"name": "out0", "shape": [1, 4, 16, 16]}
    assert found["diagnostics"] == []
    for row in (*found["nodes"], *found["links"]):
        assert set(row) >= ROW
    for total in ("params", "macs", "flops", "activation_bytes"):
        assert found[total] == sum(row[total] for row in (*found["nodes"], *found["links"]))


def test_estimate_with_another_input_and_batch(run: Run, small: Path) -> None:
    one, two = (run("estimate", small, "--json", "--batch", b, "--input", "1x32x32").json for b in (1, 2))
    assert one["input"]["size"] == [32, 32]
    assert (two["params"], two["macs"]) == (one["params"], 2 * one["macs"])
    assert two["outputs"][0]["shape"] == [2, 4, 32, 32]


def test_estimate_of_an_unsound_document_keeps_what_is_known(run: Run, unsound: Path) -> None:
    done = run("estimate", unsound, "--json")
    assert done.status == 1
    rows = {row["id"]: row for row in done.json["nodes"]}
    assert rows["B00"]["params"] > 0
    assert rows["B11"]["params"] is None
    assert done.json["params"] is None
    assert done.json["diagnostics"]


def test_draw_gives_the_picture(run: Run, small: Path) -> None:
    done = run("draw", small, "--json")
    assert done.status == 0
    assert done.json["content"].startswith("<svg")
    done = run("draw", small, "--json", "-o", "a.svg")
    assert done.json == {"ok": True, "path": "a.svg", "diagnostics": []}
    assert Path("a.svg").read_text().startswith("<svg")


def test_new_gives_the_document(run: Run) -> None:
    done = run("new", "unet", "--levels", 2, "--json")
    assert done.status == 0
    assert done.json["spec"]["layout"] == {"type": "unet", "levels": 2}
    assert (done.json["ok"], done.json["path"], done.json["diagnostics"]) == (True, None, [])


def test_export_lists_what_it_wrote(run: Run, small: Path) -> None:
    names = ["a.json", "a.svg", "a.png", "a.dot", "a.safetensors"]
    done = run("export", small, "--json", *(word for name in names for word in ("-o", name)))
    assert (done.status, done.json) == (0, {"ok": True, "paths": names})
    assert all(Path(name).stat().st_size for name in names)


def test_profile(run: Run, small: Path) -> None:
    done = run("profile", small, "--json", "--device", "cpu", "--seconds", 0.01)
    assert done.status == 0
    assert done.json["latency"]["p50_ms"] > 0
    assert {n["id"] for n in done.json["nodes"]} >= {"B00", "B11"}
    assert {row["tool"] for row in done.json["cross_check"]} >= {"torchinfo", "fvcore"}


def test_profile_of_a_device_that_is_not_there(run: Run, small: Path) -> None:
    done = run("profile", small, "--json", "--device", "cuda:77")
    assert done.status == 1
    assert done.json["ok"] is False
    assert done.json["message"]


def test_train(run: Run, small: Path) -> None:
    done = run("train", small, "--json", "--steps", 3, "--batch-size", 8, "--weights", "w.safetensors")
    assert done.status == 0
    assert done.json["ok"] is True
    assert done.json["history"]["step"] == [1, 2, 3]
    assert 0 <= done.json["metrics"]["accuracy"] <= 1
    assert done.json["end"]["type"] == "finished"
    assert Path(done.json["weights"]).stat().st_size


def test_catalog(run: Run) -> None:
    found = run("catalog", "--json").json
    assert {"T1", "C2"} <= {c["code"] for c in found["cells"]}
    assert run("catalog", "T1", "--json").json["code"] == "T1"
    assert {t["name"] for t in run("catalog", "tasks", "--json").json} >= {"digits", "shapes"}


def test_json_is_ascii_whatever_the_name(run: Run) -> None:
    odd = json.dumps(SMALL | {"name": "ü\u202e\U0001f600"}).encode()
    done = run("draw", "-", "--json", stdin=odd)
    assert done.status == 0
    assert done.out.isascii()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "a", "b"],
        ["frobnicate"],
        ["estimate", "-", "--batch", "0"],
        ["estimate", "-", "--input", "3x64"],
        ["new", "hrnettt"],
        ["new", "hrnet", "--channels", "many"],
        ["new", "hrnet", "--option", "heads"],
        ["train", "-", "--task", "digitz"],
        ["catalog", "Q9"],
        ["import", "snraware", "x.yaml"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.status == 2
    assert "Usage: archlab" in done.err
    told = run(*arguments, "--json")
    assert told.status == 2
    assert "Usage: archlab" in told.err
    assert told.json["ok"] is False
    assert told.json["diagnostics"][0]["message"]


def test_help_is_for_people(run: Run) -> None:
    done = run("check", "--help", "--json")
    assert done.status == 0
    assert done.out == run("check", "--help").out
