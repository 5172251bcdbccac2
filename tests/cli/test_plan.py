"""`archlab estimate --plan`: how each block cuts its map."""

from __future__ import annotations

import json

from .conftest import SMALL, Run

WINDOWED = SMALL | {
    "input": {"channels": 1, "size": [64, 64]},
    "layout": {"type": "hrnet", "levels": 3, "channels": 16},
    "cells": "L1G1L1",
    "options": {"window": [1, 16, 16], "patch": [1, 2, 2]},
}


def test_people_read_a_table_where_alike_blocks_share_a_line(run: Run) -> None:
    done = run("estimate", "-", "--plan", stdin=json.dumps(WINDOWED).encode())
    assert done.status == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert ["0", "B00", "B01", "B02", "out0", "L1", "(1,", "3)", "64x64", "16x16", "2x2", "4x4", "8x8"] in [
        row[:13] for row in rows
    ]
    halved = next(line for line in done.out.splitlines() if "G1" in line and "B22" in line)
    assert "16x16" in halved
    assert "4x4" in halved
    assert "for the level: window 16x16 -> 8x8, patch 2x2 -> 1x1; halved" in done.out
    assert "params" not in done.out


def test_cells_in_a_row_are_told_as_a_range(run: Run) -> None:
    repeated = WINDOWED | {"cells": "L1L1L1G1L1", "layout": {"type": "hrnet", "levels": 1, "channels": 16}}
    out = run("estimate", "-", "--plan", stdin=json.dumps(repeated).encode()).out
    assert "L1 (1-3, 5)" in out
    assert "G1 (4)" in out


def test_a_document_without_windows_says_so(run: Run) -> None:
    assert "no cell works on windows" in run("estimate", "-", "--plan", stdin=json.dumps(SMALL).encode()).out


def test_machines_get_the_plan_with_the_estimate(run: Run) -> None:
    told = run("estimate", "-", "--plan", "--json", stdin=json.dumps(WINDOWED).encode()).json
    row = next(row for row in told["plan"] if (row["node"], row["code"]) == ("B22", "G1"))
    assert row["cells"] == [1]
    assert (row["level"], row["size"], row["heads"]) == (2, [1, 16, 16], 16)
    assert (row["asked_window"], row["planned_window"], row["window"]) == ([1, 16, 16], [1, 8, 8], [1, 4, 4])
    assert (row["asked_patch"], row["planned_patch"], row["patch"]) == ([1, 2, 2], [1, 1, 1], [1, 1, 1])
    assert (row["windows"], row["patches"], row["changes"]) == ([1, 4, 4], [1, 4, 4], ["level", "halved"])
    assert row["text"] == "map 16x16: 4x4 windows of 4x4 pixels, each of 4x4 patches of 1x1"


def test_what_is_no_document_has_an_empty_plan(run: Run) -> None:
    done = run("estimate", "-", "--plan", "--json", stdin=b"[]")
    assert (done.status, done.json["plan"]) == (1, [])
