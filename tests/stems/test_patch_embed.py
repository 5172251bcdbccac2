"""patch_embed: patches in order, positions where they belong, extra tokens in front."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from archlab.document.feature_map import FeatureMap
from archlab.stems.patch_embed import PatchEmbed

IMAGE = FeatureMap(channels=3, size=(8, 12))
FRAMES = FeatureMap(channels=3, size=(2, 8, 12))


def test_what_leaves() -> None:
    assert PatchEmbed(channels=5).out(FRAMES) == FeatureMap(channels=5, size=(2, 2, 3), stride=(4, 4))
    assert PatchEmbed(channels=5, tokens=3).out(IMAGE).shape(2) == (2, 9, 5)


@pytest.mark.parametrize(
    "fields",
    [
        {"norm": "none"},
        {"norm_eps": 0.1, "bias": False},
        {"position": "learned"},
        {"position": "learned", "tokens": 1, "norm": "none"},
        {"position": "learned", "tokens": 3},
        {"position": "learned", "tokens": 3, "class_position": False},
        {"tokens": 1},
    ],
    ids=str,
)
def test_it_is_what_plain_torch_makes_of_patches(fields: dict[str, Any]) -> None:
    stem = PatchEmbed(channels=5, **fields)
    net = stem.build(IMAGE).double()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(2, 3, 8, 12, dtype=torch.float64)
    rows = []
    for h in range(2):
        for w in range(3):
            patch = x[:, :, 4 * h : 4 * h + 4, 4 * w : 4 * w + 4].flatten(1)
            row = patch @ net.conv.weight.flatten(1).T + (0.0 if net.conv.bias is None else net.conv.bias)
            rows.append(
                row if stem.norm == "none" else F.layer_norm(row, (5,), net.norm.weight, net.norm.bias, net.norm.eps)
            )
    first = [] if net.class_token is None else list(net.class_token[0])
    first += [] if net.register_tokens is None else list(net.register_tokens[0])
    places = [] if net.position is None else list(net.position[0])
    if len(places) == 7:
        first[0] = first[0] + places.pop(0)
    rows = [row + place for row, place in zip(rows, places, strict=True)] if places else rows
    expected = torch.stack([*(t.expand(2, -1) for t in first), *rows], dim=1)
    out = net(x)
    assert out.shape == stem.out(IMAGE).shape(2)
    tokens = out if out.dim() == 3 else out.flatten(2).transpose(1, 2)
    torch.testing.assert_close(tokens, expected, rtol=0, atol=1e-9)
    assert len(places) == (6 if stem.position == "learned" else 0)


def test_frames_have_the_same_positions() -> None:
    net = PatchEmbed(channels=5, position="learned").build(FRAMES)
    image = torch.randn(1, 3, 1, 8, 12)
    out = net(image.expand(-1, -1, 2, -1, -1))
    assert torch.equal(out[:, :, 0], out[:, :, 1])
    assert out.shape == (1, 5, 2, 2, 3)


def test_an_image_of_no_whole_patches_is_refused() -> None:
    (problem,) = PatchEmbed(patch=16).problems(FeatureMap(channels=3, size=(224, 230)))
    assert (problem.code, problem.field) == ("AL405", "patch")
    assert problem.message == "224x230 cannot be cut into patches of 16x16."
    assert problem.hint == "Use an input of 224x224 or 224x240, or another patch."
    (problem,) = PatchEmbed(patch=16).problems(FeatureMap(channels=3, size=(8, 16)))
    assert problem.hint == "Use an input of 16x16, or another patch."


def test_extra_tokens_beside_frames_are_refused() -> None:
    (problem,) = PatchEmbed(tokens=2).problems(FRAMES)
    assert (problem.code, problem.field) == ("AL406", "tokens")
    assert problem.message == "2 extra tokens cannot stand beside the frames of 3x2x8x12."


def test_without_tokens_and_positions_any_grid_will_do() -> None:
    net = PatchEmbed(channels=5).build(IMAGE)
    assert net(torch.randn(1, 3, 16, 4)).shape == (1, 5, 4, 1)
    bound = PatchEmbed(channels=5, position="learned").build(IMAGE)
    with pytest.raises(ValueError, match=r"patches stand on a grid of \(2, 3\), not of \(4, 1\)"):
        bound(torch.randn(1, 3, 16, 4))
