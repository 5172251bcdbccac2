"""Rows measured on the original SNRAware: parameters, FLOPs, shapes and window plans, through the importer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archlab as al
from archlab.graph import expand
from archlab.importers.snraware import import_snraware
from archlab.parts.catalog import default

GOLDEN = json.loads((Path(__file__).parent / "snraware.json").read_text())["rows"]
ROWS: dict[str, dict[str, Any]] = {row["name"]: row for row in GOLDEN}

# Rows that archlab differs from on purpose, with the reason.
MIXER_DIGIT = {"unet-L2-T0L0G0": "the original builds a mixer although the digit 0 says that there is none"}
DOWN_SAMPLERS = {
    "soanet-test-T1L1G1x4-down1": "the original lists its down-samplers among the outputs",
    "soanet-test-T1T1T1x4-down1": "the original lists its down-samplers among the outputs",
    "soanet-S3-T1L1G1": "the original lists its down-samplers among the outputs",
    "docs-swin4": "the original lists its down-samplers among the outputs",
}


def read(row: dict[str, Any], compat: Any = None) -> al.Spec:
    spec, _ = import_snraware(
        {"backbone": row["full_config"]}, "x".join(map(str, row["input_shape"][1:])), compat=compat
    )
    return spec


def held_to(row: dict[str, Any], spec: al.Spec) -> None:
    """The estimate is what was measured on the original, to the unit."""
    estimate = al.estimate(spec, batch=row["batch"])
    assert not [d for d in estimate.diagnostics if d.severity == "error"]
    assert estimate.params == row["params_total"]
    assert estimate.flops == row["flops"]
    shapes = row["output_shapes"][::2] if row["name"] in DOWN_SAMPLERS else row["output_shapes"]
    assert [list(o.shape or ()) for o in estimate.outputs] == shapes


def test_every_row_is_accounted_for() -> None:
    assert len(ROWS) == 44
    assert set(MIXER_DIGIT) | set(DOWN_SAMPLERS) <= set(ROWS)


@pytest.mark.parametrize("name", sorted(set(ROWS) - set(MIXER_DIGIT)))
def test_parameters_flops_and_shapes(name: str) -> None:
    held_to(ROWS[name], read(ROWS[name]))


@pytest.mark.parametrize("name", sorted(ROWS))
def test_parameters_flops_and_shapes_with_the_defects(name: str) -> None:
    held_to(ROWS[name], read(ROWS[name], "snraware"))


@pytest.mark.parametrize("name", MIXER_DIGIT)
def test_mixer_digit_is_honoured(name: str) -> None:
    row = ROWS[name]
    estimate = al.estimate(read(row))
    held_to(row, read(row).with_cells(row["block_str"][0].replace("0", "1")))
    assert estimate.params is not None
    assert estimate.params < row["params_total"]
    assert [list(o.shape or ()) for o in estimate.outputs] == row["output_shapes"]


@pytest.mark.parametrize("compat", [None, "snraware"])
@pytest.mark.parametrize("name", sorted(name for name in ROWS if ROWS[name]["window_plan"]))
def test_windows_and_patches(name: str, compat: str | None) -> None:
    row = ROWS[name]
    graph = expand(read(row, compat), default()).graph
    assert graph is not None
    for path, plan in row["window_plan"].items():
        block, cell = path.split(".block.")
        use = graph.node(ours(block, row)).cells[int(cell.split(".")[0].removeprefix("cell_"))]
        assert use.cell is not None
        assert use.x is not None
        effective = use.cell.effective(use.x)
        for here, there in (
            ("window", "window"),
            ("windows", "num_wind"),
            ("patch", "patch"),
            ("patches", "num_patch"),
        ):
            if plan[there] is None:
                assert here not in effective
                continue
            depth, height, width = effective[here]
            in_order = [height, width, depth]
            assert in_order[: len(plan[there])] == plan[there], (path, here)
        assert use.cell.heads == plan["n_head"], path


def ours(block: str, row: dict[str, Any]) -> str:
    """The node of a block of the original, whose chain counts its down-samplers too."""
    if row["backbone"] == "hrnet" and block.startswith("output_B"):
        return f"out{block.removeprefix('output_B')}"
    if row["backbone"] == "soanet":
        return f"stage{int(block.removeprefix('layers.')) // (2 if row['downsample'] else 1)}"
    return block
