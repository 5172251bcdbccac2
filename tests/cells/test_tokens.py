"""At against the same block written out plainly, in float64."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from archlab.cells.tokens.cells import TokenTransformer
from archlab.document.feature_map import FeatureMap

GRID = FeatureMap(channels=8, size=(3, 5))
FRAMES = FeatureMap(channels=8, size=(2, 3, 5))
EXTRA = FeatureMap(channels=8, size=(3, 5), tokens=2)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / ((x - mean).square().mean(-1, keepdim=True) + eps).sqrt() * weight + bias


def plain(tokens: Tensor, w: dict[str, Tensor], heads: int, eps: float) -> Tensor:
    """The block on one sequence `(T, C)`, token by token where they meet."""

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", torch.zeros(()))

    q, k, v = linear(layer_norm(tokens, w["norm1.weight"], w["norm1.bias"], eps), "attn.qkv").chunk(3, dim=-1)
    size = q.shape[-1] // heads
    out = torch.zeros_like(q)
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        for i in range(len(tokens)):
            scores = torch.stack([q[i, part] @ k[j, part] for j in range(len(tokens))]) / math.sqrt(size)
            weights = scores.exp() / scores.exp().sum()
            out[i, part] = sum(weights[j] * v[j, part] for j in range(len(tokens)))
    base = linear(tokens, "input_proj") if "input_proj.weight" in w else tokens
    y = base + w.get("scale1", 1.0) * linear(out, "attn.output_proj")
    hidden = linear(layer_norm(y, w["norm2.weight"], w["norm2.bias"], eps), "mlp.fc1")
    return y + w.get("scale2", 1.0) * linear(hidden * (1 + torch.erf(hidden / math.sqrt(2))) / 2, "mlp.fc2")


def sequences(x: Tensor) -> list[Tensor]:
    """What attends among itself: the tokens of every frame."""
    if x.dim() == 3:
        return list(x)
    frames = x if x.dim() == 4 else x.transpose(1, 2).flatten(0, 1)
    return [frame.flatten(1).T for frame in frames]


@pytest.mark.parametrize(
    ("x", "width", "cell"),
    [
        (GRID, 8, TokenTransformer(heads=2)),
        (FRAMES, 8, TokenTransformer(heads=4, norm_eps=0.1, ratio=1.5)),
        (EXTRA, 8, TokenTransformer(heads=2, layer_scale=0.3)),
        (EXTRA, 12, TokenTransformer(heads=3, qkv_bias=False)),
        (FRAMES, 12, TokenTransformer(heads=1)),
    ],
    ids=str,
)
def test_it_is_the_plain_block(x: FeatureMap, width: int, cell: TokenTransformer) -> None:
    assert list(cell.problems(x, width)) == []
    net = cell.build(x, width).double().eval()
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=0.5)
    data = torch.randn(x.shape(2), dtype=torch.float64)
    with torch.no_grad():
        out = net(data)
    assert out.shape == cell.out(x, width).shape(2)
    weights = dict(net.named_parameters())
    for found, given in zip(sequences(out), sequences(data), strict=True):
        expected = plain(given, weights, cell.heads, cell.norm_eps).detach()
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def test_frames_do_not_look_at_each_other() -> None:
    net = TokenTransformer(heads=2).build(FRAMES, 8).eval()
    one = torch.randn(FRAMES.shape(1))
    other = one.clone()
    other[:, :, 1] += 1
    with torch.no_grad():
        assert torch.equal(net(one)[:, :, 0], net(other)[:, :, 0])
    seen = TokenTransformer().looks_at(FRAMES, (1, 2, 3)).seen
    assert seen == {(1, h, w) for h in range(3) for w in range(5)}


def test_stochastic_depth_leaves_out_a_sample_with_all_its_frames() -> None:
    cell = TokenTransformer(heads=2, drop_path=0.5)
    net, x = cell.build(FRAMES, 8).train(), torch.randn(FRAMES.shape(64))
    torch.manual_seed(0)
    unchanged = (net(x) == x).flatten(3).all(-1).all(1)  # a sample and frame, both of whose branches are left out
    assert torch.equal(unchanged[:, 0], unchanged[:, 1])
    assert 4 < unchanged[:, 0].sum() < 32  # a quarter of 64
    assert not (net.eval()(x) == x).any(-1).all()


def test_the_sum_lies_in_memory_token_by_token() -> None:
    out = TokenTransformer(heads=2).build(GRID, 8)(torch.randn(GRID.shape(2)))
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_what_it_does_not_admit() -> None:
    (problem,) = TokenTransformer(heads=5).problems(GRID, 12)
    assert (problem.code, problem.field) == ("AL203", "heads")
    assert problem.message == "12 channels cannot be shared out among 5 heads."
    assert problem.hint == "Use heads 4 or 6."
    (problem,) = TokenTransformer(heads=1, ratio=0.125).problems(GRID, 4)
    assert (problem.code, problem.field) == ("AL207", "ratio")
    assert problem.hint == "Use ratio 0.25 or more."
    assert list(TokenTransformer(heads=1, ratio=0.25).problems(GRID, 4)) == []
