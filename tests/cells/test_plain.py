"""N2 against plain torch in float64, where it looks, and what it says of maps that it does not admit."""

from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archlab.cells.plain.cells import PlainConvolution
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from tests.cells.places import reach

FLAT = FeatureMap(channels=3, size=(7, 10), stride=(2, 2))
DEEP = msgspec.structs.replace(FLAT, size=(2, 7, 10))


@pytest.mark.parametrize("x", [FLAT, DEEP], ids=str)
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["zeros", "mirror"])
def test_by_formula(x: FeatureMap, kernel: int, stride: int, padding: str) -> None:
    fields: dict[str, Any] = {"kernel": kernel, "stride": stride, "padding": padding, "bias": stride == 2}
    cell = PlainConvolution(**fields, norm_eps=1e-3, norm_momentum=0.3)
    net = cell.build(x, 5).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter)
    data = torch.randn(x.shape(3), dtype=torch.float64)
    frames = data if data.dim() == 4 else torch.cat(data.unbind(2))
    border = F.pad(frames, (kernel // 2,) * 4, mode={"zeros": "constant", "mirror": "reflect"}[padding])
    taps = border.unfold(2, kernel, stride).unfold(3, kernel, stride)
    found = torch.einsum("nchwij,ocij->nohw", taps, net.conv.weight)
    if net.conv.bias is not None:
        found = found + net.conv.bias[:, None, None]
    variance, mean = torch.var_mean(found, (0, 2, 3), correction=0, keepdim=True)
    normal = (found - mean) / (variance + 1e-3).sqrt()
    expected = (normal * net.norm.weight[:, None, None] + net.norm.bias[:, None, None]).clamp(min=0)
    if data.dim() == 5:
        expected = torch.stack(expected.split(3), 2)
    torch.testing.assert_close(net(data), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(net.norm.running_mean, 0.3 * mean.flatten(), rtol=1e-9, atol=1e-9)
    assert cell.out(x, 5) == FeatureMap(channels=5, size=expected.shape[2:], stride=(2 * stride, 2 * stride))


def test_without_norm_and_activation_it_is_the_convolution_alone() -> None:
    net = PlainConvolution(norm="none", activation="none", bias=True).build(FLAT, 4)
    x = torch.randn(FLAT.shape(2))
    assert [name for name, _ in net.named_parameters()] == ["conv.weight", "conv.bias"]
    assert torch.equal(net(x), F.conv2d(x, net.conv.weight, net.conv.bias, padding=1))


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 1), (1, 2), (3, 2), (5, 2)])
def test_it_looks_where_it_says(kernel: int, stride: int) -> None:
    cell = PlainConvolution(kernel=kernel, stride=stride, norm="none", activation="none")  # type: ignore[arg-type]
    net = cell.build(DEEP, 3).double()
    seen = reach(net, torch.randn(DEEP.shape(1), dtype=torch.float64))
    asked = {at: cell.looks_at(DEEP, at) for at in product(range(2), range(7), range(10))}
    for (d, h, w), sight in asked.items():
        assert sight.seen == seen[d, h // stride, w // stride]
        assert (d, h, w) in sight.own
        assert all(asked[other] == sight for other in sight.own)


def test_what_does_nothing_is_told() -> None:
    assert PlainConvolution().inert() == {}
    assert list(PlainConvolution(kernel=1, norm="none").inert()) == ["padding", "norm_eps", "norm_momentum"]
    assert list(PlainConvolution(norm="channel").inert()) == ["norm_momentum"]


def told(cell: PlainConvolution, *size: int) -> list[Problem]:
    return list(cell.problems(FeatureMap(channels=4, size=size, stride=(8, 8)), 4))


def test_problems() -> None:
    (problem,) = told(PlainConvolution(kernel=7, padding="mirror"), 3, 8)
    assert (problem.code, problem.field) == ("AL204", "padding")
    assert problem.message == "a kernel of 7 mirrors the border and needs at least 4x4 pixels, this map has 3x8."
    assert problem.hint == 'Use padding "zeros", or an input of at least 32x32.'
    assert told(PlainConvolution(kernel=7), 3, 8) == []
    assert told(PlainConvolution(kernel=7, padding="mirror"), 4, 8) == []
    (problem,) = told(PlainConvolution(norm="instance2d", stride=2), 2, 2)
    assert (problem.code, problem.field) == ("AL205", "norm")
    assert problem.message == "instance2d normalises over the pixels of a map and a stride of 2 leaves a single one."
    assert problem.hint == 'Use norm "layer", or an input of at least 32x32.'
    (problem,) = told(PlainConvolution(), 1, 1)
    assert (problem.code, problem.severity) == ("AL209", "warning")
