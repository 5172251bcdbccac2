"""The whole network against the reference's arrays: same weights, same input, same outputs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import archlab as al
from archlab.importers.snraware.names import children, rename

GOLDEN = Path(__file__).parents[1] / "golden" / "numerics" / "hrnet-2.npz"


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def net(golden: dict[str, np.ndarray]) -> al.Backbone:
    config = json.loads(str(golden["config"]))["full_config"]
    cell = config["block"]["cell"]
    high, wide, deep = cell["window_size"]
    patch_high, patch_wide, patch_deep = cell["patch_size"]
    spec = al.hrnet(
        levels=config["num_resolution_levels"],
        channels=config["num_of_channels"],
        cells=config["block_str"][0],
        input="2x4x16x16",
        heads=cell["n_head"],
        window=(deep, high, wide),
        patch=(patch_deep, patch_high, patch_wide),
        window_sizing=cell["window_sizing_method"],
        relative_position=cell["att_with_relative_position_bias"],
        norm=cell["norm_mode"],
        activation=cell["activation_func"],
    )
    built = al.build(spec).eval()
    known = children(built.graph)
    weights = {rename(k.removeprefix("w/"), known): torch.from_numpy(golden[k]) for k in golden if k.startswith("w/")}
    built.load_state_dict(weights, strict=True)
    return built


def test_every_output_equals_the_reference(net: al.Backbone, golden: dict[str, np.ndarray]) -> None:
    with torch.no_grad():
        outputs = net(torch.from_numpy(golden["x"]))
    assert len(outputs) == 3
    for index, output in enumerate(outputs):
        expected = golden[f"y{index}"]
        assert output.shape == expected.shape
        np.testing.assert_allclose(output.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_the_reference_weights_name_every_parameter_once(net: al.Backbone, golden: dict[str, np.ndarray]) -> None:
    names = [rename(k.removeprefix("w/"), children(net.graph)) for k in golden if k.startswith("w/")]
    assert sorted(names) == sorted(name for name, _ in net.named_parameters())
    assert all(re.match(r"(B\d\d|out\d|link_\w+)\.", name) for name in names)
