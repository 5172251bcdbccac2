"""S2 and Sw are the block of the Swin paper: here written as its figure 3 and equations 2 to 4 say, on the rolled map.

Source: Liu et al. 2021 (Swin Transformer), sections 3.2 and 3.3.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from archlab.document.feature_map import FeatureMap
from tests.nn.slow.twin import make, module

HEADS, WINDOW, CHANNELS = 3, 4, 12


def windows(x: Tensor) -> Tensor:
    """`(B, H, W, C)` to `(B, windows, pixels, C)`."""
    b, h, w, c = x.shape
    x = x.view(b, h // WINDOW, WINDOW, w // WINDOW, WINDOW, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(b, -1, WINDOW * WINDOW, c)


def undone(x: Tensor, height: int, width: int) -> Tensor:
    """The inverse of `windows`."""
    x = x.view(x.shape[0], height // WINDOW, width // WINDOW, WINDOW, WINDOW, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(x.shape[0], height, width, -1)


def pointwise(x: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    """A linear layer on the last axis; its weight may be kept as that of a 1x1 convolution."""
    return x @ w[f"{name}.weight"].flatten(1).T + w[f"{name}.bias"]


def swin_block(x: Tensor, w: dict[str, Tensor], shift: int) -> Tensor:
    """One block on `(B, C, H, W)`."""
    x = x.permute(0, 2, 3, 1)
    _, height, width, channels = x.shape
    y = F.layer_norm(x, (channels,), w["norm1.weight"], w["norm1.bias"])
    y = torch.roll(y, (-shift, -shift), (1, 2))
    q, k, v = (
        windows(pointwise(y, w, f"attn.{role}")).unflatten(-1, (HEADS, -1)).transpose(2, 3)
        for role in ("query", "key", "value")
    )
    scores = q @ k.transpose(-1, -2) / math.sqrt(channels // HEADS)
    at = torch.stack(torch.meshgrid(torch.arange(WINDOW), torch.arange(WINDOW), indexing="ij")).flatten(1)
    offsets = at[:, :, None] - at[:, None] + WINDOW - 1
    rows = offsets[0] * (2 * WINDOW - 1) + offsets[1]
    scores = scores + w["attn.relative_position.table"][rows].permute(2, 0, 1)
    if shift:
        region = torch.zeros(1, height, width, 1)
        cuts = (slice(0, -WINDOW), slice(-WINDOW, -shift), slice(-shift, None))
        for n, (a, b) in enumerate((a, b) for a in cuts for b in cuts):
            region[:, a, b] = n
        ids = windows(region)[..., 0]
        scores = scores.masked_fill((ids[..., :, None] != ids[..., None, :])[:, :, None], -torch.inf)
    y = (scores.softmax(-1) @ v).transpose(2, 3).flatten(3)
    y = torch.roll(undone(y, height, width), (shift, shift), (1, 2))
    x = x + pointwise(y, w, "attn.output_proj")
    y = F.layer_norm(x, (channels,), w["norm2.weight"], w["norm2.bias"])
    x = x + pointwise(F.gelu(pointwise(y, w, "mixer.fc1")), w, "mixer.fc2")
    return x.permute(0, 3, 1, 2)


@pytest.mark.parametrize("size", [(8, 12), (12, 8), (8, 16)], ids=str)
@pytest.mark.parametrize(("code", "shift"), [("S2", 0), ("Sw", WINDOW // 2)])
def test_the_published_block(code: str, shift: int, size: tuple[int, int]) -> None:
    cell, x_map = make(code, heads=HEADS, window=(1, WINDOW, WINDOW)), FeatureMap(channels=CHANNELS, size=size)
    net = module(cell, x_map, CHANNELS)
    weights = dict(net.named_parameters())
    x = torch.randn(2, CHANNELS, *size, dtype=torch.float64, requires_grad=True)
    ours, theirs = net(x), swin_block(x, weights, shift)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)
    with torch.no_grad():
        torch.testing.assert_close(net(x), theirs, rtol=0, atol=1e-9)
    direction = torch.randn_like(x)
    gradients = [torch.autograd.grad((out * direction).sum(), [x, *weights.values()]) for out in (ours, theirs)]
    for name, a, b in zip(["x", *weights], *gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-8, msg=lambda m, name=name: f"gradient of {name}: {m}")


def test_its_parameters_are_those_of_the_paper() -> None:
    """Swin-T, first stage: C 96, 3 heads, window 7, MLP ratio 4."""
    for code in ("S2", "Sw"):
        net = module(make(code, heads=3, window=(1, 7, 7)), FeatureMap(channels=96, size=(56, 56)), 96)
        qkv, proj, table = 3 * (96 * 96 + 96), 96 * 96 + 96, 13 * 13 * 3
        mlp, norms = 96 * 384 + 384 + 384 * 96 + 96, 4 * 96
        assert sum(p.numel() for p in net.parameters()) == qkv + proj + table + mlp + norms


def test_a_single_window_is_not_shifted() -> None:
    x_map = FeatureMap(channels=CHANNELS, size=(WINDOW, WINDOW))
    nets = [module(make(code, heads=HEADS, window=(1, WINDOW, WINDOW)), x_map, CHANNELS) for code in ("S2", "Sw")]
    x = torch.randn(1, CHANNELS, WINDOW, WINDOW, dtype=torch.float64)
    assert torch.equal(nets[0](x), nets[1](x))
