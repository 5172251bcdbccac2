"""What people read: sentences with path and hint, tables, and files that are never lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import archlab as al
from archlab.cells.windows.cells import LocalAttention

from .conftest import SMALL, Run


def test_new_writes_a_document_that_builds(run: Run) -> None:
    done = run("new", "hrnet", "--levels", 3, "--cells", "T1L1G1", "--input", "2x4x32x32", "--option", "heads=4",
               "--channels", "8,16", "-o", "my.arch.json")  # fmt: skip
    assert done.status == 0
    assert done.out == ""
    spec = al.load("my.arch.json")
    assert spec.to_dict() == {
        "format": "archlab/1",
        "name": "my",
        "input": {"channels": 2, "size": [4, 32, 32]},
        "layout": {"type": "hrnet", "levels": 3, "channels": [8, 16]},
        "cells": "T1L1G1",
        "options": {"heads": 4},
    }


def test_new_never_overwrites_without_force(run: Run) -> None:
    Path("my.arch.json").write_text("precious")
    done = run("new", "hrnet", "-o", "my.arch.json")
    assert done.status == 1
    assert "exists and was left alone" in done.err
    assert Path("my.arch.json").read_text() == "precious"
    assert run("new", "hrnet", "-o", "my.arch.json", "--force").status == 0
    assert al.load("my.arch.json").layout.type == "hrnet"


def test_new_writes_nothing_that_does_not_build(run: Run) -> None:
    done = run("new", "hrnet", "--levels", 3, "--input", "3x31x31", "-o", "my.arch.json")
    assert done.status == 1
    assert "nothing was written" in done.err
    assert not Path("my.arch.json").exists()


@pytest.mark.parametrize("name", ["hrnet-3", "unet-3", "soanet-3"])
def test_new_from_a_template(run: Run, name: str) -> None:
    done = run("new", name)
    assert done.status == 0
    assert al.parse(done.out) == al.template(name)


def test_new_suggests_the_nearest_name(run: Run) -> None:
    assert "hrnet" in run("new", "hrnett").err


def test_check_marks_the_place(run: Run, unsound: Path) -> None:
    done = run("check", unsound)
    assert done.status == 1
    assert "B11 $.blocks.B11" in done.out
    lines = done.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.strip() == "C2Q9")
    assert lines[at + 1].rstrip() == lines[at].replace("C2Q9", "  ^^")


def test_check_says_that_all_is_well(run: Run, small: Path) -> None:
    assert run("check", small).out.startswith("sound")


def test_check_reads_standard_input(run: Run) -> None:
    assert run("check", "-", stdin=json.dumps(SMALL).encode()).status == 0


def test_names_cannot_steer_the_terminal(run: Run) -> None:
    evil = SMALL | {"name": "\x1b[2J", "blocks": {"\x1b]0;x\x07": "C2"}}
    for command in (["check", "-"], ["estimate", "-"], ["catalog"]):
        done = run(*command, stdin=json.dumps(evil).encode())
        assert "\x1b" not in done.out + done.err
        assert "\x07" not in done.out + done.err


def test_markup_in_names_is_text(run: Run) -> None:
    done = run("estimate", "-", stdin=json.dumps(SMALL | {"name": "[red]x[/red] <b>"}).encode())
    assert "[red]x[/red] <b>" in done.out


def test_estimate_is_a_table_whose_rows_stay_rows(run: Run, small: Path) -> None:
    done = run("estimate", small)
    assert done.status == 0
    lines = done.out.splitlines()
    row = next(line.split() for line in lines if line.startswith("B00 "))
    assert row[:3] == ["B00", "block", "1×4×16×16"]
    assert any(line.startswith("total") for line in lines)
    assert "Not counted: " in done.out


def test_draw_to_standard_output_is_the_picture_alone(run: Run, small: Path) -> None:
    assert run("draw", small).out.startswith("<svg")
    assert run("draw", small, "--format", "dot").out.startswith("digraph")
    assert run("draw", small, "--overlay", "params").out.count("parameters") > 1


def test_draw_of_an_unsound_document_draws_what_there_is(run: Run, unsound: Path) -> None:
    done = run("draw", unsound, "-o", "a.svg")
    assert done.status == 1
    assert "Q9" in done.err
    assert "Q9" in Path("a.svg").read_text()


@pytest.mark.parametrize(("target", "words"), [("a.bmp", ".svg"), ("no/a.svg", "No such file")])
def test_draw_says_why_it_cannot_write(run: Run, small: Path, target: str, words: str) -> None:
    done = run("draw", small, "-o", target)
    assert done.status == 1
    assert words in done.err


def test_train_reports_and_saves(run: Run, small: Path) -> None:
    done = run("train", small, "--steps", 2, "--batch-size", 8, "--report", "r.html")
    assert done.status == 0
    assert "2 of 2" in done.out
    assert "held out" in done.out
    page = Path("r.html").read_text()
    assert "Features of the first probe image" in page
    assert "Fusion maps" in page


def test_train_says_before_it_begins_that_a_folder_is_missing(run: Run, small: Path) -> None:
    for option in ("--weights", "--report"):
        done = run("train", small, "--steps", 2, option, "nowhere/file.x")
        assert done.status == 2
        assert "There is no folder nowhere." in done.err
        assert "step" not in done.out


def test_train_refuses_a_task_that_the_input_does_not_fit(run: Run) -> None:
    wide = SMALL | {"input": {"channels": 1, "size": [16, 16]}, "head": {"type": "nope"}}
    done = run("train", "-", "--steps", 1, stdin=json.dumps(wide).encode())
    assert done.status == 1
    assert "does not build" in done.err


def test_catalog_lists_and_explains(run: Run) -> None:
    everything = run("catalog").out
    for word in ("T1", "patch_merge", "hrnet", "conv_stride", "classify", "hrnet-3", "digits"):
        assert word in everything
    one = run("catalog", "T1").out
    assert "heads" in one
    assert "whole number" in one
    assert "Source: " in one


def test_lab_refuses_what_is_no_folder(run: Run) -> None:
    done = run("lab", "nowhere")
    assert done.status == 2
    assert "nowhere is no folder" in done.err


def test_lab_starts_jupyterlab_on_the_folder(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda program, arguments: started.append(arguments))
    assert run("lab", "--no-browser", "--port", 9999).status == 0
    assert started[0][1:] == [
        "-m", "jupyterlab", f"--ServerApp.root_dir={tmp_path.resolve()}", "--no-browser", "--port=9999",
    ]  # fmt: skip


def test_a_defect_is_a_sentence(run: Run, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("archlab.estimator.estimate", broken)
    done = run("estimate", small)
    assert done.status == 1
    assert "This is a defect of archlab" in done.err
    assert "KeyError: 'oops' (test_people.py, line" in done.err


def test_help_names_every_command(run: Run) -> None:
    words = run("--help").out
    for command in ("new", "check", "draw", "estimate", "profile", "train", "import", "export", "catalog", "lab"):
        assert f" {command} " in words


@pytest.mark.parametrize("arguments", [["check"], ["estimate", "--json"], ["draw"]], ids=lambda a: a[0])
def test_light_commands_load_nothing_heavy(small: Path, arguments: list[str]) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'numpy', 'matplotlib', 'graphviz', 'ipywidgets', 'sklearn'): sys.modules[name] = None\n"
        "from archlab.cli import main\n"
        f"main({[arguments[0], str(small), *arguments[1:]]!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_leaves_early_is_no_error(small: Path) -> None:
    command = f"{sys.executable} -m archlab.cli draw {small} | head -c 10"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "<svg xmlns", "")


def test_catalog_shows_the_page_of_a_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalAttention, "formula", "y = softmax(q k) v\nz = y + x")
    out = run("catalog", "L1").out
    assert "\nFormula:\n  y = softmax(q k) v\n  z = y + x\n" in out
    assert out.index("Formula:") < out.index("Source:")
