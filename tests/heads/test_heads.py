"""Heads: scores of the right shape, whole input or every pixel."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import torch
from torch.nn import functional as F

from archlab.document.feature_map import FeatureMap
from archlab.heads.classify import Classify
from archlab.heads.dense import Dense
from archlab.parts.head import Head

IMAGE = FeatureMap(channels=3, size=(32, 48))
VOLUME = FeatureMap(channels=3, size=(2, 32, 48))
SMALL = FeatureMap(channels=8, size=(8, 12), stride=(4, 4))
SMALL_VOLUME = FeatureMap(channels=8, size=(2, 8, 12), stride=(4, 4))
HEADS: list[Head] = [
    Classify(classes=5),
    Classify(classes=5, norm="channel"),
    Dense(classes=5),
    Dense(classes=5, kernel=3, resize=False),
]


@pytest.mark.parametrize(("x", "image"), [(SMALL, IMAGE), (SMALL_VOLUME, VOLUME), (IMAGE, IMAGE)], ids=str)
@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_heads_leave_what_they_announce(head: Head, x: FeatureMap, image: FeatureMap) -> None:
    assert list(head.problems(x, image)) == []
    net = head.build(x, image)
    data = torch.randn(x.shape(2))
    y = net(data)
    assert y.shape == head.out(x, image).shape(2)
    y.square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(net, backend="aot_eager", fullgraph=True)(data), y)
    torch.testing.assert_close(torch.export.export(net, (data,)).module()(data), y)


def test_classification_is_mean_and_linear() -> None:
    net = Classify(classes=5).build(SMALL_VOLUME, VOLUME)
    x = torch.randn(SMALL_VOLUME.shape(2))
    torch.testing.assert_close(net(x), x.mean((2, 3, 4)) @ net.linear.weight.t() + net.linear.bias)
    assert Classify(classes=5).out(SMALL_VOLUME, VOLUME).size == ()


@pytest.mark.parametrize(("x", "image"), [(SMALL, IMAGE), (SMALL_VOLUME, VOLUME)], ids=str)
def test_pixels_are_normalised_before_their_mean(x: FeatureMap, image: FeatureMap) -> None:
    net = Classify(classes=5, norm="channel", norm_eps=0.1).build(x, image)
    torch.nn.init.normal_(net.norm.weight)
    data = torch.randn(x.shape(2))
    tokens = F.layer_norm(data.flatten(2).transpose(1, 2), (8,), net.norm.weight, net.norm.bias, 0.1)
    torch.testing.assert_close(net(data), tokens.mean(1) @ net.linear.weight.t() + net.linear.bias)


@pytest.mark.parametrize("norm", ["none", "channel"])
def test_extra_tokens_are_judged_or_left_out(norm: Any) -> None:
    x = SMALL.with_tokens(2)
    data = torch.randn(x.shape(3))
    for pool, chosen in (("token", slice(0, 1)), ("mean", slice(2, None))):
        head = Classify(classes=5, pool=pool, norm=norm)  # type: ignore[arg-type]
        assert list(head.problems(x, IMAGE)) == []
        net = head.build(x, IMAGE)
        normed = data if norm == "none" else F.layer_norm(data, (8,))
        torch.testing.assert_close(net(data), net.linear(normed[:, chosen].mean(1)))


def test_dense_prediction_comes_back_to_the_size_of_the_input() -> None:
    head = Dense(classes=5)
    assert head.out(SMALL_VOLUME, VOLUME).size == (2, 32, 48)
    assert head.out(SMALL, IMAGE).stride == (1, 1)
    net = head.build(SMALL, IMAGE)
    x = torch.randn(SMALL.shape(2))
    scores = F.conv2d(x, net.conv.weight, net.conv.bias)
    expected = F.interpolate(scores, size=(32, 48), mode="bilinear", align_corners=False)
    torch.testing.assert_close(net(x), expected)
    assert Dense(resize=False).out(SMALL, IMAGE).size == (8, 12)


def test_kernel_three_needs_two_pixels() -> None:
    strip = FeatureMap(channels=8, size=(1, 12), stride=(4, 4))
    (problem,) = Dense(kernel=3).problems(strip, IMAGE)
    assert problem.code == "AL411"
    assert "1x12 is too small for a 3x3 convolution" in problem.message
    assert list(Dense(kernel=1).problems(strip, IMAGE)) == []


@pytest.mark.parametrize("cls", [Classify, Dense])
def test_what_people_read_of_a_head(cls: type[Head]) -> None:
    assert 10 < len((cls.__doc__ or "").splitlines()[0]) < 80
    schema = msgspec.json.schema(cls)
    (fields,) = (d["properties"] for d in schema["$defs"].values())
    assert all(field.get("description") for field in fields.values())
    assert msgspec.convert({}, cls) == cls()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"classes": 0}, cls)
