"""Links and stems as HRNet and HRViT have them, against plain torch; numbers in float64."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import msgspec
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archlab.document.feature_map import FeatureMap
from archlab.links.conv_interp import ConvInterp
from archlab.links.conv_stride import ConvStride
from archlab.links.patch_merge import PatchMerge
from archlab.links.projection import Projection
from archlab.parts.link import Link
from archlab.stems.conv_stride import StridedStem

FINE = FeatureMap(channels=6, size=(16, 24), stride=(4, 4))
COARSE = FeatureMap(channels=12, size=(4, 6), stride=(16, 16))


def hrnet_down(source: int, target: int, steps: int) -> nn.Sequential:
    """HRNet's way down: 3x3 convolutions of stride 2, all but the last keep the channels and end in a ReLU."""
    layers: list[nn.Module] = []
    for step in range(steps):
        last = step == steps - 1
        width = target if last else source
        layers += [nn.Conv2d(source, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width)]
        layers += [] if last else [nn.ReLU()]
    return nn.Sequential(*layers)


def hrnet_up(source: int, target: int, steps: int, bias: bool = False, mode: str = "nearest") -> nn.Sequential:
    """HRNet's way up: 1x1 convolution and norm at the low resolution, then the map enlarged."""
    aligned = None if mode == "nearest" else False
    larger = nn.Upsample(scale_factor=2**steps, mode=mode, align_corners=aligned)
    return nn.Sequential(nn.Conv2d(source, target, 1, bias=bias), nn.BatchNorm2d(target), larger)


def stem(*widths: int, bias: bool) -> nn.Sequential:
    """Convolutions of stride 2, each with a batch norm and a ReLU."""
    steps = [
        nn.Sequential(nn.Conv2d(a, b, 3, 2, 1, bias=bias), nn.BatchNorm2d(b), nn.ReLU()) for a, b in pairwise(widths)
    ]
    return nn.Sequential(*steps)


def equal(ours: nn.Module, plain: nn.Module, x: FeatureMap) -> None:
    """Both compute the same, trained and in evaluation, with the plain one's weights and statistics taken over."""
    ours, plain = ours.double(), plain.double()
    for parameter in plain.parameters():
        nn.init.normal_(parameter, std=0.5)
    kinds: tuple[type[nn.Module], ...] = (nn.Conv2d, nn.modules.batchnorm._NormBase)
    for kind in kinds:  # one kind after the other: ours are listed by kind, the plain ones step by step
        given = [m for m in plain.modules() if isinstance(m, kind)]
        taken = [m for m in ours.modules() if isinstance(m, kind)]
        assert len(given) == len(taken)
        for mine, other in zip(taken, given, strict=True):
            mine.load_state_dict(other.state_dict())
    data = torch.randn(x.shape(3), dtype=torch.float64)
    for training in (True, False):
        torch.testing.assert_close(ours.train(training)(data), plain.train(training)(data))


HRNET_DOWN = ConvStride(
    padding="zeros", norm="batch2d", activation="relu", last_activation=False, change_channels="last"
)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_hrnets_way_down(steps: int) -> None:
    equal(HRNET_DOWN.build(FINE, 40, steps), hrnet_down(6, 40, steps), FINE)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize(("bias", "mode"), [(False, "nearest"), (True, "nearest"), (False, "linear")])
def test_the_way_up_of_a_fusion(steps: int, bias: bool, mode: str) -> None:
    """HRNet's, HRViT's (with a bias) and that of HRNetV2 for segmentation (bilinear)."""
    link = msgspec.convert({"bias": bias, "mode": mode}, ConvInterp)
    plain = hrnet_up(12, 5, steps, bias, {"nearest": "nearest", "linear": "bilinear"}[mode])
    equal(link.build(COARSE, 5, -steps), plain, COARSE)


def test_hrnets_transition_on_its_level() -> None:
    link = Projection(kernel=3, padding="zeros", norm="batch2d", activation="relu")
    plain = nn.Sequential(nn.Conv2d(6, 9, 3, 1, 1, bias=False), nn.BatchNorm2d(9), nn.ReLU())
    equal(link.build(FINE, 9, 0), plain, FINE)


@pytest.mark.parametrize(
    ("part", "plain"),
    [
        (StridedStem(padding="zeros"), stem(3, 64, 64, bias=False)),
        (StridedStem(padding="zeros", bias=True, channels=(32, 64)), stem(3, 32, 64, bias=True)),
    ],
    ids=["HRNet", "HRViT"],
)
def test_stems(part: StridedStem, plain: nn.Module) -> None:
    image = FeatureMap(channels=3, size=(17, 32))  # odd: rounds up, as a border of zeros does
    equal(part.build(image), plain, image)
    assert part.out(image) == FeatureMap(channels=64, size=(5, 8), stride=(4, 4))


def test_eps_and_momentum_reach_every_norm() -> None:
    links: list[tuple[Link, int]] = [(HRNET_DOWN, 2), (ConvInterp(), -2), (Projection(norm="batch2d"), 0)]
    for link, steps in links:
        net = msgspec.structs.replace(link, norm_eps=1e-3, norm_momentum=0.01).build(FINE, 8, steps)
        norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        assert [(m.eps, m.momentum) for m in norms] == [(1e-3, 0.01)] * max(steps, 1)
    net = StridedStem(norm_eps=1e-3, norm_momentum=0.01).build(FINE)
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    assert [(m.eps, m.momentum) for m in norms] == [(1e-3, 0.01)] * 2


def test_weights_made_before_have_a_place() -> None:
    """Names of parameters with the fields left as they are."""
    assert list(ConvStride().build(FINE, 8, 2).state_dict()) == ["convs.0.weight", "convs.1.weight"]
    assert list(Projection().build(FINE, 8, 0).state_dict()) == ["conv.weight"]
    names = [n for n in StridedStem().build(FINE).state_dict() if not n.endswith(("mean", "var", "tracked"))]
    assert names == [
        "convs.0.weight",
        "convs.1.weight",
        *(f"norms.{i}.{n}" for i in (0, 1) for n in ("weight", "bias")),
    ]


@pytest.mark.parametrize("dims", [2, 3])
def test_volumes_are_normalised_frame_by_frame_or_together(dims: int) -> None:
    x = FeatureMap(channels=4, size=(4, 8, 8))
    for norm in ("instance2d", "instance3d", "layer", "layer3d", "channel", "batch3d"):
        link = msgspec.convert({"dims": dims, "norm": norm, "padding": "zeros"}, ConvStride)
        net = link.build(x, 6, 1).double()
        data = torch.randn(x.shape(2), dtype=torch.float64)
        (conv,) = (m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Conv3d))
        frames = conv(data) if dims == 3 else torch.stack([conv(f) for f in data.unbind(2)], 2)
        torch.testing.assert_close(net(data), normal(frames, norm))


def normal(maps: Tensor, norm: str) -> Tensor:
    """`(B, C, D, H, W)` to zero mean and unit variance over the axes that a norm looks along."""
    axes = {"instance2d": (3, 4), "instance3d": (2, 3, 4), "layer": (1, 3, 4), "layer3d": (1, 2, 3, 4)}
    over = {**axes, "channel": (1,), "batch3d": (0, 2, 3, 4)}[norm]
    variance, mean = torch.var_mean(maps, over, correction=0, keepdim=True)
    return (maps - mean) / (variance + 1e-5).sqrt()


def codes(link: Link, size: tuple[int, ...], steps: int) -> list[str]:
    return [p.code for p in link.problems(FeatureMap(channels=4, size=size), 4, steps)]


def test_a_border_of_zeros_needs_no_pixels() -> None:
    assert codes(ConvStride(), (4, 4), 3) == ["AL304"]
    assert codes(ConvStride(padding="zeros"), (1, 1), 3) == []
    assert codes(ConvStride(dims=3), (1, 8, 8), 1) == ["AL305"]
    assert codes(ConvStride(dims=3, padding="zeros"), (1, 8, 8), 1) == []
    assert codes(Projection(kernel=3), (1, 4), 0) == ["AL304"]
    assert codes(Projection(kernel=3, padding="zeros"), (1, 4), 0) == []
    for steps in (1, 2, 3):
        x = FeatureMap(channels=4, size=(1, 3))
        link = ConvStride(padding="zeros")
        assert link.build(x, 4, steps)(torch.randn(x.shape(2))).shape == link.out(x, 4, steps).shape(2)


def test_what_is_said_of_a_single_pixel() -> None:
    small = FeatureMap(channels=4, size=(2, 2), stride=(8, 8))
    (problem,) = ConvStride(padding="zeros", norm="instance2d").problems(small, 4, 1)
    assert (problem.code, problem.field, problem.severity) == ("AL306", "norm", "error")
    assert problem.message == "instance2d normalises over the pixels of a map and the link leaves a single one."
    assert problem.hint == 'Use norm "layer", or an input of at least 32x32.'
    (problem,) = ConvStride(norm="batch2d").problems(small, 4, 1)
    assert (problem.code, problem.severity) == ("AL307", "warning")


def test_a_width_for_every_step_of_a_stem() -> None:
    image = FeatureMap(channels=3, size=(32, 32))
    (problem,) = StridedStem(channels=(32, 64), steps=3).problems(image)
    assert (problem.code, problem.field) == ("AL404", "channels")
    assert problem.message == "channels lists 2 numbers for 3 steps."
    assert problem.hint == "Use steps 2, or a list of 3 numbers."
    assert StridedStem(channels=(32, 64), steps=3).out(image).channels == 64
    assert not list(StridedStem(channels=(16, 32, 64), steps=3).problems(image))


@pytest.mark.parametrize("norm", ["none", "channel"])
def test_patch_merging_of_swin(norm: Literal["none", "channel"]) -> None:
    """Four pixels side by side, the first column first, normalised and brought to other channels without a bias."""
    net = PatchMerge(norm=norm, norm_eps=0.1).build(FINE, 12, 1).double()
    x = torch.randn(FINE.shape(2), dtype=torch.float64)
    tokens = x.permute(0, 2, 3, 1)
    stacked = torch.cat([tokens[:, row::2, column::2] for column in (0, 1) for row in (0, 1)], -1)
    if norm == "channel":
        nn.init.normal_(net.norms[0].weight)
        stacked = F.layer_norm(stacked, (24,), net.norms[0].weight, net.norms[0].bias, 0.1)
    expected = (stacked @ net.convs[0].weight.flatten(1).t()).permute(0, 3, 1, 2)
    torch.testing.assert_close(net(x), expected, rtol=0, atol=1e-12)
    assert len(list(net.parameters())) == {"none": 1, "channel": 3}[norm]
