"""HRViT with the weights of a slow twin in plain torch, on maps whose rows and columns the stripes do not divide."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archlab as al
from tests.plugin.reference_hrvit import HRViT

CHANNELS = (8, 16, 32, 48)


@pytest.mark.parametrize("size", [(64, 96), (96, 32), (128, 224)], ids=str)
def test_outputs_and_gradients_are_those_of_the_twin(size: tuple[int, int], tmp_path: Path) -> None:
    """Maps of 16x24 to 2x3, and others, in stripes of 1, 3, 3 and 2: filled up below, to the right, and both."""
    torch.manual_seed(0)
    widths = [list(CHANNELS[: min(column + 1, 4)]) for column in (0, 1, 2, 2, 3)]
    blocks = [[1], [1, 1], [1, 1, 2], [1, 1, 1], [1, 1, 1, 1]]
    twin = HRViT(stem=12, channels=widths, blocks=blocks, ws=(1, 3, 3, 2), dim_head=8, ratio=[3, 2, 2, 2])
    for name, value in twin.state_dict().items():
        if name.endswith("running_var") or (value.dim() == 1 and name.endswith("weight")):
            value.uniform_(0.5, 1.5)
        elif name.endswith(("running_mean", "bias")):
            value.normal_(0, 0.3)
    twin = twin.double().eval()
    torch.save(twin.state_dict(), tmp_path / "twin.pt")
    spec = al.hrvit(
        channels=CHANNELS,
        stripes=(1, 3, 3, 2),
        ratios=(3, 2, 2, 2),
        modules=(1, 1, 2, 1),
        cells=(("H2",), ("H2",), ("H2", "H2", "H2H2"), ("H2",)),
        input=f"3x{size[0]}x{size[1]}",
        dim_head=8,
    ).with_stem("conv_stride", channels=(6, 12), padding="zeros", bias=True)
    net = al.build(spec).double().eval()
    report = al.load_weights(net, tmp_path / "twin.pt", names="hrvit")
    assert report.complete
    mine, other = (
        torch.randn(2, 3, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) for _ in "ab"
    )
    mine.requires_grad_()
    other.requires_grad_()
    ours, by_hand = net(mine), twin(other)
    for y, expected in zip(ours, by_hand, strict=True):
        assert (y - expected).abs().max() <= 1e-9
    sum(y.square().sum() for y in ours).backward()
    sum(y.square().sum() for y in by_hand).backward()
    assert mine.grad is not None
    assert other.grad is not None
    assert (mine.grad - other.grad).abs().max() <= 1e-9 * other.grad.abs().max()
