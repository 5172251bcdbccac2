"""Figures of long trainings go into one file beside whatever else stands in it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.figures import Figures


def test_a_row_is_replaced_and_all_else_stays(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text('{"ratios": {"b": 2, "a": 1}, "trainings": {"old": {"accuracy": 0.5}, "mine": {"loss": 1}}}')
    Figures(file).keep("mine", device="cpu", accuracy=0.98765)
    kept = json.loads(file.read_text())
    assert kept["ratios"] == {"a": 1, "b": 2}
    assert kept["trainings"]["old"] == {"accuracy": 0.5}
    assert set(kept["trainings"]["mine"]) == {"accuracy", "date", "device"}
    assert kept["trainings"]["mine"]["accuracy"] == 0.988
    assert file.read_text() == json.dumps(kept, indent=2, sort_keys=True) + "\n"


def test_without_a_file_nothing_is_kept() -> None:
    Figures(None).keep("mine", device="cpu", accuracy=1.0)
