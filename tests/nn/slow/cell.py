"""A whole cell: norms, operation, mixer and their sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from tests.nn.slow.attention import at, boxes, by_pixel, filled
from tests.nn.slow.plain import Triple, Weights, activation, convolution, linear, norm

Operation = Callable[[Tensor, Weights], Tensor]


class Frame(NamedTuple):
    """What stands around the operation."""

    norm: str = "instance2d"
    activation: str = "prelu"
    mixer: str = "conv"
    parallel: bool = False
    unit: Triple = (1, 1, 1)  # pixels that a linear mixer takes together
    residual: bool = True  # around the mixer of a sequential cell


def samples(operation: Operation) -> Operation:
    """An operation on a batch, from one on the volume of a sample."""
    return lambda x, w: torch.stack([operation(sample, w) for sample in x])


def frames(operation: Operation) -> Operation:
    """An operation on a volume, from one on volumes of a single frame."""
    return lambda x, w: torch.cat([operation(x[:, d : d + 1], w) for d in range(x.shape[1])], 1)


def cell(x: Tensor, w: Weights, operation: Operation, frame: Frame) -> Tensor:
    """The cell on a batch `(B, C, D, H, W)`, without stochastic depth; `operation` takes the normed batch."""
    through = x
    if "input_proj.weight" in w:
        through = torch.stack([convolution(sample, w, "input_proj") for sample in x])
    normed = norm(frame.norm, x, w, "norm1")
    out = through + operation(normed, w)
    if frame.mixer == "none":
        return out
    if frame.parallel:
        return out + mixer(normed, w, frame)
    mixed = mixer(norm(frame.norm, out, w, "norm2"), w, frame)
    return out + mixed if frame.residual else mixed


def mixer(x: Tensor, w: Weights, frame: Frame) -> Tensor:
    """The mixer on a batch: two convolutions on frames, or two linear layers on each unit of pixels."""
    if frame.mixer == "linear":
        return torch.stack([linear_mixer(sample, w, frame) for sample in x])
    out = []
    for sample in x:
        hidden = activation(frame.activation, convolution(sample, w, "mixer.fc1"), w, "mixer.act")
        out.append(convolution(hidden, w, "mixer.fc2"))
    return torch.stack(out)


def linear_mixer(x: Tensor, w: Weights, frame: Frame) -> Tensor:
    """On every unit: pixels first (d, h, w), channel last."""
    size: Triple = tuple(x.shape[1:])  # type: ignore[assignment]
    counts: Triple = tuple(-(-n // k) for n, k in zip(size, frame.unit, strict=True))  # type: ignore[assignment]
    full = by_pixel(filled(x, at(counts, frame.unit)))
    out: dict[Triple, Tensor] = {}
    for box in boxes(counts):
        pixels = [at((1, 1, 1), offset, at(box, frame.unit)) for offset in boxes(frame.unit)]
        v = torch.cat([full[pixel] for pixel in pixels])
        v = linear(activation(frame.activation, linear(v, w, "mixer.fc1"), w, "mixer.act"), w, "mixer.fc2")
        out.update(zip(pixels, v.chunk(len(pixels)), strict=True))
    return torch.stack([out[pixel] for pixel in boxes(size)], 1).view(-1, *size)


def convolution_module(x: Tensor, w: Weights, frame: Frame) -> Tensor:
    """Convolution, norm, activation on a batch, and the input where the channels stay."""
    out = torch.stack([convolution(sample, w, "conv.conv") for sample in x])
    out = activation(frame.activation, norm(frame.norm, out, w, "conv.norm"), w, "conv.act")
    return out + x if out.shape == x.shape else out
