"""With --json there is JSON, also where a command fails."""

import json
import subprocess
import sys

import pytest

import archlab as al


def run(*arguments, cwd):
    done = subprocess.run(
        [sys.executable, "-m", "archlab.cli", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path):
    al.save(al.template("hrnet-3"), tmp_path / "good.arch.json")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["new", "hrnet-3", "-o", "good.arch.json"], "exists"),
        (["draw", "good.arch.json", "-o", "nowhere/x.svg"], "nowhere"),
        (["import", "snraware", "nothing.yaml", "--input", "2x8x8"], "nothing.yaml"),
        (["train", "good.arch.json", "--device", "cuda:99", "--steps", "1"], "cuda"),
    ],
)
def test_a_failure_is_one_object_with_its_diagnostics(arguments, says, folder):
    status, told = run(*arguments, "--json", cwd=folder)
    assert status == 1
    assert told["ok"] is False
    assert says in told["diagnostics"][0]["message"]


def test_profile_judges_the_input_that_it_is_given(folder):
    status, told = run("profile", "good.arch.json", "--input", "1x15x15", "--json", cwd=folder)
    assert (status, told["ok"]) == (1, False)
    assert told["diagnostics"][0]["code"] == "AL100"
    al.save(al.template("hrnet-3").with_input("1x15x15"), folder / "odd.arch.json")
    status, told = run("profile", "odd.arch.json", "--input", "1x8x8", "--seconds", "0.01", "--json", cwd=folder)
    assert (status, told["ok"], told["input"]) == (0, True, [1, 8, 8])
