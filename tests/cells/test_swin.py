"""S2 and Sw are the block of the Swin paper: here written as its figure 3 and equations 2 to 4 say, on the rolled map.

Source: Liu et al. 2021 (Swin Transformer), sections 3.2 and 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import archlab as al
from archlab.document.feature_map import FeatureMap
from archlab.document.writing import dumps
from archlab.nn import attention
from tests.cells.places import built, errors, maps
from tests.nn.slow.twin import make, module

HEADS, WINDOW, CHANNELS = 3, 4, 12
Shift = tuple[int, int]


def windows(x: Tensor) -> Tensor:
    """`(B, H, W, C)` to `(B, windows, pixels, C)`."""
    b, h, w, c = x.shape
    x = x.view(b, h // WINDOW, WINDOW, w // WINDOW, WINDOW, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(b, -1, WINDOW * WINDOW, c)


def undone(x: Tensor, height: int, width: int) -> Tensor:
    """The inverse of `windows`."""
    x = x.view(x.shape[0], height // WINDOW, width // WINDOW, WINDOW, WINDOW, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(x.shape[0], height, width, -1)


def linear(x: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", torch.zeros(()))


def regions(height: int, width: int, shift: Shift) -> Tensor:
    """`(windows, pixels)`: neighbours before the roll have one number."""

    def cuts(moved: int) -> Iterator[slice]:
        yield from (slice(0, -WINDOW), slice(-WINDOW, -moved), slice(-moved, None)) if moved else (slice(None),)

    region = torch.zeros(1, height, width, 1)
    for n, (a, b) in enumerate((a, b) for a in cuts(shift[0]) for b in cuts(shift[1])):
        region[:, a, b] = n
    return windows(region)[0, ..., 0]


def swin_block(x: Tensor, w: dict[str, Tensor], shift: Shift) -> Tensor:
    """One block on `(B, C, H, W)`."""
    x = x.permute(0, 2, 3, 1)
    if "input_proj.weight" in w:
        x = linear(x, w, "input_proj")
    _, height, width, channels = x.shape
    y = F.layer_norm(x, (channels,), w["norm1.weight"], w["norm1.bias"])
    qkv = linear(windows(torch.roll(y, (-shift[0], -shift[1]), (1, 2))), w, "attn.qkv")
    q, k, v = (t.unflatten(-1, (HEADS, -1)).transpose(2, 3) for t in qkv.chunk(3, -1))
    scores = q @ k.transpose(-1, -2) / math.sqrt(channels // HEADS)
    at = torch.stack(torch.meshgrid(torch.arange(WINDOW), torch.arange(WINDOW), indexing="ij")).flatten(1)
    offsets = at[:, :, None] - at[:, None] + WINDOW - 1
    rows = offsets[0] * (2 * WINDOW - 1) + offsets[1]
    scores = scores + w["attn.relative_position.table"][rows].permute(2, 0, 1)
    ids = regions(height, width, shift)
    scores = scores.masked_fill((ids[:, :, None] != ids[:, None, :])[:, None], -torch.inf)
    y = undone((scores.softmax(-1) @ v).transpose(2, 3).flatten(3), height, width)
    x = x + linear(torch.roll(y, shift, (1, 2)), w, "attn.proj")
    y = F.layer_norm(x, (channels,), w["norm2.weight"], w["norm2.bias"])
    x = x + linear(F.gelu(linear(y, w, "mlp.fc1")), w, "mlp.fc2")
    return x.permute(0, 3, 1, 2)


CASES: list[tuple[str, tuple[int, int], Shift, dict[str, Any]]] = [
    ("S2", (8, 12), (0, 0), {}),
    ("S2", (4, 8), (0, 0), {"qkv_bias": False}),
    ("Sw", (8, 12), (2, 2), {}),
    ("Sw", (12, 8), (2, 2), {"qkv_bias": False, "ratio": 1.5}),
    ("Sw", (4, 12), (0, 2), {}),  # a single window along H: it moves in one direction only
    ("Sw", (12, 4), (2, 0), {}),
    ("Sw", (4, 4), (0, 0), {}),
]


@pytest.mark.parametrize("way", ["pieces", "kernels", "formula"])
@pytest.mark.parametrize(("code", "size", "shift", "fields"), CASES, ids=str)
def test_the_published_block(
    code: str,
    size: tuple[int, int],
    shift: Shift,
    fields: dict[str, Any],
    way: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if way == "kernels":  # as on a GPU, and wherever a graph is traced
        monkeypatch.setattr(attention, "_in_pieces", lambda value: False)
    dropout = 1e-14 if way == "formula" else 0.0  # the way that dropout takes; so little of it that none is dropped
    cell = make(code, heads=HEADS, window=(WINDOW, WINDOW), attention_dropout=dropout, **fields)
    for channels in (CHANNELS, 5) if way == "pieces" else (CHANNELS,):
        net = module(cell, FeatureMap(channels=channels, size=size), CHANNELS)
        weights = dict(net.named_parameters())
        x = torch.randn(2, channels, *size, dtype=torch.float64, requires_grad=True)
        ours, theirs = net(x), swin_block(x, weights, shift)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-9)
        with torch.no_grad():
            torch.testing.assert_close(net(x), theirs, rtol=0, atol=1e-9)
        direction = torch.randn_like(ours)
        gradients = [torch.autograd.grad((out * direction).sum(), [x, *weights.values()]) for out in (ours, theirs)]
        for name, a, b in zip(["x", *weights], *gradients, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-8, msg=lambda m, name=name: f"gradient of {name}: {m}")


def test_its_parameters_are_those_of_the_paper() -> None:
    """Swin-T, first stage: C 96, 3 heads, window 7, MLP ratio 4."""
    for code in ("S2", "Sw"):
        cost = make(code, heads=3, window=(7, 7)).cost(FeatureMap(channels=96, size=(56, 56)), 96)
        qkv, proj, table = 3 * (96 * 96 + 96), 96 * 96 + 96, 13 * 13 * 3
        mlp, norms = 96 * 384 + 384 + 384 * 96 + 96, 4 * 96
        assert cost is not None
        assert cost.params == qkv + proj + table + mlp + norms
        # 49 pixels of a window with 49, for scores and for values; layers on 56 x 56 pixels
        assert cost.macs == 56 * 56 * (12 * 96 * 96 + 2 * 49 * 96)


def test_frames_do_not_see_each_other_and_share_the_fate_of_their_sample() -> None:
    net, x = built("Sw"), maps("Sw")
    alone = torch.stack([net(x[:, :, d]) for d in range(x.shape[2])], 2)
    torch.testing.assert_close(net(x), alone, rtol=0, atol=1e-12)
    dropping = built("Sw", drop_path=0.99).train()
    many = maps("Sw", 20)
    same = sum(torch.equal(a, b) for a, b in zip(many, dropping(many), strict=True))
    assert same > 10


@pytest.mark.parametrize(("code", "size"), [("S2", (5, 7)), ("Sw", (9, 7)), ("Sw", (3, 7))])
def test_nobody_looks_at_what_was_padded(code: str, size: tuple[int, int]) -> None:
    """Values of padded pixels would weaken constant ones."""
    net = built(code, size=size, window=(4, 3), pad=True, drop_path=0.0)
    torch.nn.init.normal_(net.attn.relative_position.table, std=5.0)
    with torch.no_grad():
        for parameter in (net.attn.qkv.weight, net.mlp.fc2.weight, net.mlp.fc2.bias, net.attn.proj.bias):
            parameter.zero_()
        net.attn.qkv.bias.fill_(3.0)
        net.attn.proj.weight.copy_(torch.eye(8))
    x = maps(code, size=size)
    torch.testing.assert_close(net(x), x + 3.0, rtol=0, atol=1e-12)


def test_what_it_does_not_admit() -> None:
    x = FeatureMap(channels=8, size=(32, 32), stride=(4, 4))
    (heads,) = errors(make("S2", heads=3), x)
    assert (heads.code, heads.field, heads.hint) == ("AL203", "heads", "Use heads 2 or 4.")
    (ratio,) = make("S2", heads=2, ratio=0.125, window=(4, 4)).problems(x, 6)
    assert (ratio.code, ratio.hint) == ("AL207", "Use ratio 0.167 or more.")
    assert errors(make("S2", ratio=0.167, heads=2), x, 6) == []
    row = FeatureMap(channels=8, size=(1, 16))
    assert errors(make("Sw", window=(1, 4)), row) == errors(make("Sw", window=(1, 4)), row, 4) == []
    net = make("S2", window=(4, 4)).build(x, 8)
    with pytest.raises(ValueError, match=r"H = 6 .*multiple of 4"):
        net(torch.randn(1, 8, 6, 8))


def test_a_document_comes_back_as_it_was() -> None:
    own = [{"code": "S2", "qkv_bias": False, "ratio": 1.5}, "Sw"]
    spec = al.pyramid(stages=2, channels=8, heads=(2, 4), cells="S2Sw", input="3x32x32", window=(8, 8))
    spec = spec.with_stem("patch_embed", channels=8).with_block("stage1", own)
    assert al.check(spec) == []
    assert al.parse(dumps(spec)) == spec
    first, second = al.build(spec).stage1.children()
    assert (first.attn.qkv.bias, first.mlp.fc1.out_features) == (None, 24)
    assert (second.attn.qkv.bias is not None, second.mlp.fc1.out_features) == (True, 64)
