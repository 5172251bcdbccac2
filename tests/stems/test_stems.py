"""Stems: shapes, formulas, what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from torch.nn import functional as F

from archlab.document.feature_map import FeatureMap
from archlab.parts.stem import Stem
from archlab.stems.conv import ConvStem
from archlab.stems.conv_stride import StridedStem
from archlab.stems.none import NoStem
from archlab.stems.patch_embed import PatchEmbed

FLAT = FeatureMap(channels=3, size=(16, 24))
DEEP = FeatureMap(channels=3, size=(2, 16, 24))
STEMS: list[Stem] = [
    NoStem(),
    ConvStem(channels=8),
    StridedStem(channels=8),
    StridedStem(channels=8, norm="layer"),
    PatchEmbed(),
]


@pytest.mark.parametrize("x", [FLAT, DEEP], ids=str)
@pytest.mark.parametrize("stem", STEMS, ids=repr)
def test_stems_leave_what_they_announce(stem: Stem, x: FeatureMap) -> None:
    assert list(stem.problems(x)) == []
    out = stem.out(x)
    net = stem.build(x)
    y = net(torch.randn(x.shape(2)))
    assert y.shape == out.shape(2)
    if list(net.parameters()):
        y.square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    torch._dynamo.reset()
    compiled = torch.compile(net.eval(), backend="aot_eager", fullgraph=True)
    data = torch.randn(x.shape(2))
    torch.testing.assert_close(compiled(data), net(data))


@pytest.mark.parametrize("size", [(33, 30), (16, 16)])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_strided_stem_halves_rounding_up(size: tuple[int, int], steps: int) -> None:
    x = FeatureMap(channels=3, size=size)
    stem = StridedStem(channels=4, steps=steps, norm="layer3d")
    out = stem.out(x)
    assert out.size == tuple(-(-n // 2**steps) for n in size)
    assert out.stride == (2**steps, 2**steps)
    assert stem.build(x)(torch.randn(x.shape(1))).shape == out.shape()


def test_strided_stem_by_formula() -> None:
    net = StridedStem(channels=4, steps=2).build(FLAT).eval()
    x = torch.randn(FLAT.shape())
    y = x
    for conv in net.convs:
        y = F.conv2d(F.pad(y, (1, 1, 1, 1), mode="reflect"), conv.weight, stride=2)
        y = torch.relu(y / (1 + 1e-5) ** 0.5)  # fresh running statistics: mean 0, variance 1
    torch.testing.assert_close(net(x), y)


def test_conv_stem_has_a_bias() -> None:
    net = ConvStem(channels=8).build(FLAT)
    assert sum(p.numel() for p in net.parameters()) == 9 * 3 * 8 + 8


@pytest.mark.parametrize("norm", ["batch2d", "instance2d", "instance3d", "layer"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_small_inputs_are_refused_exactly(steps: int, norm: Any) -> None:
    stem = StridedStem(channels=2, steps=steps, norm=norm)
    for size in [(1, 1), (1, 4), (2, 2), (3, 3), (4, 4), (5, 5), (8, 9), (2, 2, 2), (2, 4, 4)]:
        x = FeatureMap(channels=1, size=size)
        problems = [p for p in stem.problems(x) if p.severity == "error"]
        try:
            stem.build(x)(torch.randn(x.shape(2)))
            works = True
        except (RuntimeError, ValueError):
            works = False
        assert works == (not problems), (size, problems)


def test_a_batch_norm_on_one_pixel_is_warned_of() -> None:
    (problem,) = StridedStem(norm="batch2d", steps=2).problems(FeatureMap(channels=3, size=(4, 4)))
    assert (problem.code, problem.severity) == ("AL403", "warning")
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        StridedStem(norm="batch2d", steps=2).build(FeatureMap(channels=3, size=(4, 4)))(torch.randn(1, 3, 4, 4))


def test_the_sentence_about_small_inputs() -> None:
    (problem,) = ConvStem().problems(FeatureMap(channels=3, size=(1, 9)))
    assert problem.code == "AL401"
    assert problem.message == "1x9 is too small for a 3x3 convolution, which needs 2x2."
    (problem,) = StridedStem(norm="instance2d", steps=1).problems(FeatureMap(channels=3, size=(2, 2)))
    assert (problem.code, problem.field) == ("AL402", "norm")


@pytest.mark.parametrize("cls", [NoStem, ConvStem, StridedStem])
def test_what_people_read_of_a_stem(cls: type[Stem]) -> None:
    assert 10 < len((cls.__doc__ or "").splitlines()[0]) < 80
    schema = msgspec.json.schema(cls)
    (fields,) = (d["properties"] for d in schema["$defs"].values())
    assert all(field.get("description") for field in fields.values())
    assert msgspec.convert({}, cls) == cls()


def test_patches_by_formula() -> None:
    net = PatchEmbed(patch=8, channels=5).build(FLAT).double()
    x = torch.randn(FLAT.shape(2), dtype=torch.float64)
    patches = x.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).flatten(3)  # (B, H/8, W/8, C*8*8)
    tokens = F.layer_norm(patches @ net.conv.weight.flatten(1).t() + net.conv.bias, (5,))
    torch.testing.assert_close(net(x), tokens.permute(0, 3, 1, 2), rtol=0, atol=1e-12)
    assert PatchEmbed(patch=8).out(DEEP).stride == (8, 8)


@pytest.mark.parametrize(
    ("size", "hint"), [((32, 36), "32x32 or 32x48"), ((3, 20), "16x16 or 16x32"), ((3, 16), "16x16")], ids=str
)
def test_patches_that_do_not_divide_are_refused(size: tuple[int, int], hint: str) -> None:
    stem, x = PatchEmbed(patch=16), FeatureMap(channels=3, size=size)
    (problem,) = stem.problems(x)
    assert (problem.code, problem.field) == ("AL405", "patch")
    assert problem.message == f"{size[0]}x{size[1]} cannot be cut into patches of 16x16."
    assert problem.hint == f"Use an input of {hint}, or another patch."
    with pytest.raises(ValueError, match="use multiples of 16"):
        stem.build(x)(torch.randn(x.shape(1)))
