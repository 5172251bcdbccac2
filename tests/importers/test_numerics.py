"""The original's weights give the original's outputs: configuration and weights in, numbers compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import archlab as al

NUMERICS = Path(__file__).parents[1] / "golden" / "numerics"
CELLS = sorted(path.stem for path in NUMERICS.glob("c*.npz") if "hrnet" not in path.stem)
NETS = sorted(path.stem for path in NUMERICS.glob("*hrnet-2*.npz"))


class Recorded:
    """What was recorded of the original: configuration, weights, input and outputs."""

    def __init__(self, name: str) -> None:
        with np.load(NUMERICS / f"{name}.npz") as arrays:
            self.arrays = dict(arrays)
        self.given = json.loads(str(self.arrays["config"]))
        self.input = "x".join(map(str, (self.given["c_in"], *self.given["size_dhw"])))

    @property
    def config(self) -> dict[str, Any]:
        """The configuration; of a single cell that of a chain of one stage."""
        if "full_config" in self.given:
            return dict(self.given["full_config"])
        chain = {"name": "SOAnet", "num_stages": 1, "num_of_channels": self.given["c_out"]}
        return chain | {"block_str": [self.given["block"]], "block": {"cell": self.given["cell"]}}

    def weights(self, prefix: str = "") -> dict[str, Tensor]:
        """The state_dict, as of a whole network."""
        chain = "" if "full_config" in self.given else "layers.0."
        weights = {k.removeprefix("w/"): v for k, v in self.arrays.items() if k.startswith("w/")}
        return {f"{prefix}{chain}{name}": torch.from_numpy(value) for name, value in weights.items()}

    def held_to(self, net: al.Backbone) -> None:
        """Every output is what was recorded."""
        with torch.no_grad():
            outputs = net(torch.from_numpy(self.arrays["x"]))
        assert len(outputs) == sum(name.startswith("y") for name in self.arrays)
        for index, output in enumerate(outputs):
            torch.testing.assert_close(output, torch.from_numpy(self.arrays[f"y{index}"]), rtol=0, atol=1e-5)


def test_what_is_recorded() -> None:
    assert CELLS == ["cell-C2", "cell-G1", "cell-L1", "cell-T1", "cell-V2", "compat-L1-bias"]
    assert NETS == ["compat-hrnet-2-bias", "hrnet-2"]


@pytest.mark.parametrize("name", CELLS + NETS)
def test_outputs_of_the_original(name: str, tmp_path: Path) -> None:
    recorded = Recorded(name)
    save_file(recorded.weights(), tmp_path / "w.safetensors")
    imported = al.load_snraware(recorded.config, recorded.input, weights=tmp_path / "w.safetensors", compat="snraware")
    assert imported.net is not None
    assert imported.weights is not None
    assert imported.weights.complete
    assert len(imported.weights.loaded) == len(recorded.weights())
    recorded.held_to(imported.net)


def without_the_defects(name: str, folder: Path) -> tuple[Recorded, al.Backbone]:
    """What was recorded, and a network of the same weights that mends what the original gets wrong."""
    recorded = Recorded(name)
    torch.save(recorded.weights(), folder / "w.pth")
    imported = al.load_snraware(recorded.config, recorded.input, weights=folder / "w.pth", compat="none")
    assert imported.spec.compat is None
    assert imported.net is not None
    return recorded, imported.net


@pytest.mark.parametrize("name", [name for name in CELLS + NETS if "bias" not in name])
def test_without_a_bias_the_defects_make_no_difference(name: str, tmp_path: Path) -> None:
    recorded, net = without_the_defects(name, tmp_path)
    recorded.held_to(net)


@pytest.mark.parametrize("name", [name for name in CELLS + NETS if "bias" in name])
def test_with_a_bias_the_defects_make_a_difference(name: str, tmp_path: Path) -> None:
    recorded, net = without_the_defects(name, tmp_path)
    with pytest.raises(AssertionError, match="not close"):
        recorded.held_to(net)


def test_weights_bring_the_defects_unless_told_otherwise(tmp_path: Path) -> None:
    recorded = Recorded("compat-hrnet-2-bias")
    torch.save({"epoch": 3, "state_dict": recorded.weights("module.backbone.")}, tmp_path / "checkpoint.pt")
    imported = al.load_snraware(recorded.config, recorded.input, weights=tmp_path / "checkpoint.pt")
    assert imported.spec.compat == "snraware"
    assert imported.net is not None
    recorded.held_to(imported.net)
