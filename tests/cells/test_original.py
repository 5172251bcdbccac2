"""Our cells and links with the original's weights give the original's outputs.

Without its position bias, which the original adds outside the softmax.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from archlab.cells.convolution import Convolution
from archlab.cells.spatial_global import GlobalAttention
from archlab.cells.spatial_local import LocalAttention
from archlab.cells.temporal import TemporalAttention
from archlab.links.interp_conv import InterpConv3
from archlab.links.patch_merge import PatchMerge
from archlab.spec.feature_map import FeatureMap

ARRAYS = Path(__file__).parents[1] / "golden" / "numerics"
WINDOWS = {"heads": 4, "window": (2, 8, 8), "patch": (1, 2, 2), "relative_position": False}
CELLS = {
    "C2": Convolution(),
    "T1": TemporalAttention(heads=4),
    "L1": LocalAttention(**WINDOWS),
    "G1": GlobalAttention(**WINDOWS),
}
RENAMED = [
    (r"^attn\.conv\.conv", "conv.conv"),
    (r"^attn\.act_func", "conv.act"),
    (r"^mlp\.0\.conv", "mixer.fc1"),
    (r"^mlp\.1", "mixer.act"),
    (r"^mlp\.2\.conv", "mixer.fc2"),
    (r"^(attn\.\w+|input_proj)\.conv", r"\1"),
]


def renamed(name: str) -> str:
    for pattern, ours in RENAMED:
        name = re.sub(pattern, ours, name)
    return name


@pytest.mark.parametrize("code", list(CELLS))
def test_single_cells(code: str) -> None:
    arrays = np.load(ARRAYS / f"cell-{code}.npz")
    assert json.loads(str(arrays["config"]))["cell"]["n_head"] == 4
    prefix = "w/block.cell_0."
    weights = {renamed(k.removeprefix(prefix)): torch.from_numpy(arrays[k]) for k in arrays if k.startswith(prefix)}
    net = CELLS[code].build(FeatureMap(channels=8, size=(4, 16, 16)), 8).eval()
    net.load_state_dict(weights)
    with torch.no_grad():
        y = net(torch.from_numpy(arrays["x"]))
    torch.testing.assert_close(y, torch.from_numpy(arrays["y0"]), rtol=0, atol=1e-5)


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
