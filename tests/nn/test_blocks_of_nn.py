"""Norms, activations, mixers, frames: formulas, names, and names that do not exist."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch import Tensor

from archlab.cells.temporal.module import TemporalAttention
from archlab.cells.windows.module import WindowAttention
from archlab.geometry.grouping import Grouping
from archlab.nn.activation import ACTIVATIONS, make_activation
from archlab.nn.attention import attend
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.mixer import make_mixer
from archlab.nn.norm import make_norm, normalized
from archlab.parts.fields import Activation, Norm

SIZE = (3, 4, 5)


def whiten(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    mean = x.mean(axes, keepdim=True)
    return (x - mean) / torch.sqrt(((x - mean) ** 2).mean(axes, keepdim=True) + 1e-5)


@pytest.mark.parametrize(
    ("name", "axes", "shape"),
    [
        # volumes are (B, C, D, H, W); `shape` is that of the weight, broadcast over a volume
        ("instance2d", (3, 4), None),
        ("instance3d", (2, 3, 4), None),
        ("batch2d", (0, 2, 3, 4), (1, 6, 1, 1, 1)),
        ("batch3d", (0, 2, 3, 4), (1, 6, 1, 1, 1)),
        ("layer", (1, 3, 4), (1, 6, 1, 4, 5)),
        ("channel", (1,), (1, 6, 1, 1, 1)),
        ("layer3d", (1, 2, 3, 4), (3, 6, 4, 5)),
    ],
)
def test_norms(name: str, axes: tuple[int, ...], shape: tuple[int, ...] | None) -> None:
    volumes = torch.randn(2, 6, *SIZE) * 3 + 1
    norm = make_norm(name, 6, SIZE)
    expected = whiten(volumes, axes)
    if shape is None:
        assert list(norm.parameters()) == []
    else:
        weight, bias = torch.randn(2, *norm.weight.shape).unbind()
        norm.load_state_dict({"weight": weight, "bias": bias}, strict=False)
        if name == "layer3d":
            weight, bias = weight.transpose(0, 1), bias.transpose(0, 1)
        else:
            weight, bias = weight.view(shape), bias.view(shape)
        expected = expected * weight + bias
    frames, depth = to_frames(volumes)
    torch.testing.assert_close(
        from_frames(normalized(norm, name, frames, depth), volumes), expected, atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("relu", lambda v: max(v, 0.0)),
        ("relu6", lambda v: min(max(v, 0.0), 6.0)),
        ("prelu", lambda v: v if v > 0 else 0.25 * v),
        ("leakyrelu", lambda v: v if v > 0 else 0.1 * v),
        ("elu", lambda v: v if v > 0 else math.expm1(v)),
        ("celu", lambda v: v if v > 0 else math.expm1(v)),
        ("selu", lambda v: 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))),
        ("gelu_exact", lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2)))),
        ("gelu", lambda v: 0.5 * v * (1 + math.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))),
    ],
)
def test_activations(name: str, formula: Callable[[float], float]) -> None:
    x = torch.linspace(-4, 8, 25)
    torch.testing.assert_close(make_activation(name)(x), torch.tensor([formula(float(v)) for v in x]))
    assert sum(p.numel() for p in make_activation(name).parameters()) == (name == "prelu")


def test_the_names_are_those_of_the_options() -> None:
    assert {*get_args(Activation), "none"} == set(ACTIVATIONS)
    for name in get_args(Norm):
        assert make_norm(name, 2, SIZE) is not None


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"no norm is called 'group'.*instance2d"):
        make_norm("group", 4, SIZE)
    with pytest.raises(ValueError, match=r"no activation is called 'swish'.*prelu"):
        make_activation("swish")
    with pytest.raises(ValueError, match="no mixer 'linear' here"):
        make_mixer("linear", 4, 4, ratio=2, activation="relu")
    with pytest.raises(ValueError, match="54 numbers of a frame cannot be shared out among 4 heads"):
        TemporalAttention(6, 6, heads=4)(torch.zeros(1, 6, 3, 3), 1)
    pixels = Grouping("patches", (1, 1, 1), (1, 2, 2), (1, 1, 1))
    with pytest.raises(ValueError, match="6 features of a token cannot be shared out among 4 heads"):
        WindowAttention(6, 6, grouping=pixels, heads=4)
    with pytest.raises(ValueError, match="single feature per head"):
        attend(*torch.randn(3, 1, 1, 4, 1).unbind(), score="dot", normalize_qk=True)


def test_frames_are_views_from_cell_to_cell() -> None:
    x = torch.randn(2, 6, *SIZE)
    frames, depth = to_frames(x)
    assert (frames.shape, depth) == ((6, 6, 4, 5), 3)
    back = from_frames(frames, x)
    assert torch.equal(back, x)
    again, _ = to_frames(back)
    assert again.data_ptr() == frames.data_ptr()
    assert from_frames(again, back).stride() == back.stride()
    flat = torch.randn(2, 6, 4, 5)
    assert to_frames(flat) == (flat, 1)
    assert from_frames(flat, flat) is flat
    single = torch.randn(2, 6, 1, 4, 5)
    assert to_frames(single)[0].data_ptr() == single.data_ptr()
