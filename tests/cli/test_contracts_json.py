"""With --json there is JSON, also where a command fails."""

from __future__ import annotations

import pytest

import archlab as al

from .conftest import Run

SMALL = al.hrnet(levels=2, channels=4, cells="C2", input="1x8x8")


@pytest.fixture(autouse=True)
def _good(run: Run) -> None:
    """A sound document in the folder in which the commands run."""
    al.save(SMALL, "good.arch.json")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["new", "hrnet-3", "-o", "good.arch.json"], "exists"),
        (["draw", "good.arch.json", "-o", "nowhere/x.svg"], "nowhere"),
        (["import", "snraware", "nothing.yaml", "--input", "2x8x8"], "nothing.yaml"),
        (["train", "good.arch.json", "--device", "cuda:99", "--steps", "1"], "cuda"),
    ],
)
def test_a_failure_is_one_object_with_its_diagnostics(run: Run, arguments: list[str], says: str) -> None:
    done = run(*arguments, "--json")
    assert done.status == 1
    assert done.json["ok"] is False
    assert says in done.json["diagnostics"][0]["message"]


def test_profile_judges_the_input_that_it_is_given(run: Run) -> None:
    done = run("profile", "good.arch.json", "--input", "1x15x15", "--json")
    assert (done.status, done.json["ok"]) == (1, False)
    assert done.json["diagnostics"][0]["code"] == "AL100"
    al.save(SMALL.with_input("1x15x15"), "odd.arch.json")
    done = run("profile", "odd.arch.json", "--input", "1x8x8", "--seconds", "0.01", "--json")
    assert (done.status, done.json["ok"], done.json["input"]) == (0, True, [1, 8, 8])
