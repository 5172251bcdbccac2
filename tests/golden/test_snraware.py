"""Rows measured on the original SNRAware: parameters, FLOPs, shapes and window plans, through the importer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archlab as al
from archlab.catalog import default
from archlab.graph import expand
from archlab.importers.snraware import import_snraware

GOLDEN = json.loads((Path(__file__).parent / "snraware.json").read_text())["rows"]
ROWS: dict[str, dict[str, Any]] = {row["name"]: row for row in GOLDEN}

# Rows that archlab differs from on purpose, with the reason.
MIXER_DIGIT = {"unet-L2-T0L0G0": "the original builds a mixer although the digit 0 says that there is none"}
DOWN_SAMPLERS = {
    "soanet-test-T1L1G1x4-down1": "the original lists its down-samplers among the outputs",
    "soanet-test-T1T1T1x4-down1": "the original lists its down-samplers among the outputs",
    "soanet-S3-T1L1G1": "the original lists its down-samplers among the outputs",
}
NO_CODE_YET = {
    "unet-test-S3ShT1L1G1V2V3",
    "unet-test-V3V3V3",
    "unet-test-T1V2V2",
    "unet-test-C3C3C3",
    "hrnet-test-S3ShT1L1G1V2V3",
    "hrnet-test-S3ShS3ShS3Sh",
    "hrnet-test-V3V3V3",
    "hrnet-test-T1V2V2",
    "hrnet-test-C3C3C3",
    "soanet-test-V3V3V3x1-down1",
    "soanet-test-S3ShS3Shx1-down1",
    "soanet-test-C3C3C3x1-down1",
    "soanet-test-V3V3V3x1-down0",
    "soanet-test-S3ShS3Shx1-down0",
    "soanet-test-C3C3C3x1-down0",
    "unet-L2-L3G3",
    "docs-swin4",
}
BUILT = sorted(set(ROWS) - NO_CODE_YET - set(MIXER_DIGIT))


def read(row: dict[str, Any]) -> al.Spec:
    spec, _ = import_snraware({"backbone": row["full_config"]}, "x".join(map(str, row["input_shape"][1:])))
    return spec


def codes(row: dict[str, Any]) -> set[str]:
    return {text[i : i + 2] for text in row["block_str"] for i in range(0, len(text), 2)}


def test_every_row_is_accounted_for() -> None:
    assert set(MIXER_DIGIT) | set(DOWN_SAMPLERS) | NO_CODE_YET <= set(ROWS)
    assert {name for name, row in ROWS.items() if codes(row) - set(default().codes)} == NO_CODE_YET
    assert len(ROWS) == 44
    assert len(BUILT) == 26


@pytest.mark.parametrize("name", BUILT)
def test_parameters_flops_and_shapes(name: str) -> None:
    row = ROWS[name]
    estimate = al.estimate(read(row), batch=row["batch"])
    assert not [d for d in estimate.diagnostics if d.severity == "error"]
    assert estimate.params == row["params_total"]
    assert estimate.flops == row["flops"]
    shapes = row["output_shapes"][::2] if name in DOWN_SAMPLERS else row["output_shapes"]
    assert [list(o.shape or ()) for o in estimate.outputs] == shapes


@pytest.mark.parametrize("name", MIXER_DIGIT)
def test_mixer_digit_is_honoured(name: str) -> None:
    row = ROWS[name]
    spec = read(row)
    estimate = al.estimate(spec)
    twin = al.estimate(spec.with_cells(row["block_str"][0].replace("0", "1")))
    assert (twin.params, twin.flops) == (row["params_total"], row["flops"])
    assert estimate.params is not None
    assert estimate.params < row["params_total"]
    assert [list(o.shape or ()) for o in estimate.outputs] == row["output_shapes"]


@pytest.mark.parametrize("name", sorted(NO_CODE_YET))
def test_missing_codes_are_told_and_kept(name: str) -> None:
    row = ROWS[name]
    spec = read(row)
    told = " ".join(str(d) for d in al.check(spec) if d.code == "AL022")
    missing = codes(row) - set(default().codes)
    assert missing
    assert all(f'"{code}"' in told for code in missing)
    written = spec.cells if isinstance(spec.cells, str) else "".join(spec.cells)
    assert all(code in written for code in missing)


@pytest.mark.parametrize("name", [n for n in BUILT if ROWS[n]["window_plan"]])
def test_windows_and_patches(name: str) -> None:
    row = ROWS[name]
    graph = expand(read(row), default()).graph
    assert graph is not None
    compared = 0
    for path, plan in row["window_plan"].items():
        block, cell = path.split(".block.")
        cell = cell.split(".")[0]
        node = graph.node(ours(block, row))
        use = node.cells[int(cell.removeprefix("cell_"))]
        assert use.cell is not None
        assert use.x is not None
        effective = use.cell.effective(use.x)
        assert list(effective["window"][1:]) == plan["window"][:2], path
        assert list(effective["patch"][1:]) == plan["patch"][:2], path
        assert use.cell.heads == plan["n_head"], path
        compared += 1
    assert compared


def ours(block: str, row: dict[str, Any]) -> str:
    """The node of a block of the original, whose chain counts its down-samplers too."""
    if row["backbone"] == "hrnet" and block.startswith("output_B"):
        return f"out{block.removeprefix('output_B')}"
    if row["backbone"] == "soanet":
        return f"stage{int(block.removeprefix('layers.')) // (2 if row['downsample'] else 1)}"
    return block
