"""Every recorded map of the published HRNet and HRViT, inner ones too, and the gradient of the input.

The loss of the recorded gradient is the sum over all recorded outputs y_k of y_k * r_k, r_k from a rule of integers.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

import archlab as al
from tests.checkpoints.published import FOLDER, document, state

# Where the recorded outputs stand in our net, in their order; "" is the net's own output.
PLACES = {
    "hrnet-1": ("stem.acts.0", *(f"F{i}_4" for i in range(4)), *(f"wide{i}" for i in range(4)), ""),
    "hrvit-1": ("stem", *(f"B{i}4" for i in range(4)), ""),
}


def weights(size: int, shape: tuple[int, ...], index: int) -> Tensor:
    numbers = (7919 * np.arange(size) + 104729 * (index + 1)) % 257
    return torch.from_numpy(((numbers - 128) / 64).astype(np.float32)).view(shape)


@pytest.mark.parametrize("name", PLACES)
def test_every_recorded_map_and_the_gradient_of_the_input(name: str, tmp_path: Path) -> None:
    arrays = np.load(FOLDER / f"{name}.npz")
    save_file(state(name), tmp_path / "weights.safetensors")
    net = al.build(document(name)).eval()
    assert al.load_weights(net, tmp_path / "weights.safetensors", names=name.split("-")[0]).complete
    seen: dict[str, Tensor] = {}
    for place in PLACES[name]:
        net.get_submodule(place).register_forward_hook(lambda _, __, out, at=place: seen.update({at: out}))
    x = torch.from_numpy(arrays["x"]).requires_grad_()
    net(x)
    recorded = [key for key in arrays.files if key.startswith("y")]
    assert len(recorded) == len(PLACES[name]) == len(json.loads(str(arrays["config"]))["outputs"])
    loss = torch.zeros(())
    for index, place in enumerate(PLACES[name]):
        expected = torch.from_numpy(arrays[f"y{index}"])
        assert seen[place].shape == expected.shape
        assert (seen[place] - expected).abs().max() <= 3e-6 * expected.abs().max()
        loss = loss + (seen[place] * weights(expected.numel(), tuple(expected.shape), index)).sum()
    loss.backward()
    gradient = torch.from_numpy(arrays["grad_x"])
    assert x.grad is not None
    assert (x.grad - gradient).abs().max() <= 1e-5 * gradient.abs().max()
