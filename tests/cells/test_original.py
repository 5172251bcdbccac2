"""Our cells and links with the original's weights give the original's outputs.

Its position bias lies outside of the softmax: with one, `compat` stands for the same here.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from archlab.document.feature_map import FeatureMap
from archlab.links.interp_conv import InterpConv3
from archlab.links.patch_merge import PatchMerge
from archlab.parts.catalog import default
from tests.cells.original import ARRAYS, CELLS, original


def test_no_recorded_cell_is_missing() -> None:
    assert CELLS == ["cell-C2", "cell-G1", "cell-L1", "cell-T1", "cell-V2", "compat-L1-bias"]


@pytest.mark.parametrize("name", CELLS)
def test_single_cells(name: str) -> None:
    recorded = original(name)
    cls, preset = default().codes[recorded.code]
    cell = cls(**dict(preset) | recorded.fields)
    x_map = FeatureMap(channels=recorded.channels, size=recorded.size)
    assert [p for p in cell.problems(x_map, recorded.channels) if p.severity == "error"] == []
    net = cell.build(x_map, recorded.channels).eval()
    net.load_state_dict(recorded.weights)
    with torch.no_grad():
        y = net(recorded.x)
    torch.testing.assert_close(y, recorded.y, rtol=0, atol=1e-5)


def test_a_bias_outside_is_not_the_same_as_one_inside() -> None:
    recorded = original("compat-L1-bias")
    cls, preset = default().codes[recorded.code]
    x_map = FeatureMap(channels=recorded.channels, size=recorded.size)
    net = cls(**dict(preset) | recorded.fields | {"compat": "none"}).build(x_map, recorded.channels).eval()
    net.load_state_dict(recorded.weights)
    with torch.no_grad():
        assert float((net(recorded.x) - recorded.y).abs().max()) > 1e-3


def test_links_of_the_small_hrnet() -> None:
    arrays = np.load(ARRAYS / "hrnet-2.npz")

    def weight(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"w/{name}.conv.conv.weight"])

    fine, coarse = FeatureMap(channels=8, size=(4, 16, 16)), FeatureMap(channels=16, size=(4, 8, 8))
    down = PatchMerge().build(fine, 16, 1)
    assert down.convs[0].weight.shape == weight("down_00_11.block.D2_0").shape
    up = InterpConv3().build(coarse, 8, -1)
    assert up.convs[0].weight.shape == weight("up_1_0.block.U2_0").shape
    # the aggregate is y0 beside the upsampled y1, so it shows this link alone
    up = InterpConv3().build(coarse, 16, -1)
    up.load_state_dict({"convs.0.weight": weight("up_1.block.U2_0")})
    with torch.no_grad():
        arrived = up(torch.from_numpy(arrays["y1"]))
    torch.testing.assert_close(arrived, torch.from_numpy(arrays["y2"][:, 8:]), rtol=0, atol=1e-5)
