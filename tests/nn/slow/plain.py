"""Convolution, norms, activations: from their definitions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]
Triple = tuple[int, int, int]


def mirrored(i: int, size: int) -> int:
    """The place inside of the axis that `i` is the mirror image of; the edge itself is not repeated."""
    return -i if i < 0 else 2 * (size - 1) - i if i >= size else i


def convolution(x: Tensor, w: Weights, name: str, stride: Triple = (1, 1, 1)) -> Tensor:
    """Convolution of `(C, D, H, W)` with mirrored borders; a 2-D kernel sees every frame by itself."""
    kernel = w[f"{name}.weight"]
    if kernel.dim() == 4:
        kernel = kernel[:, :, None]
    out = 0
    for tap in product(*(range(k) for k in kernel.shape[2:])):
        seen = x
        for axis, (offset, size, k, step) in enumerate(
            zip(tap, x.shape[1:], kernel.shape[2:], stride, strict=True), start=1
        ):
            places = [mirrored(i + offset - k // 2, size) for i in range(0, size, step)]
            seen = seen.index_select(axis, torch.tensor(places))
        out = out + torch.einsum("oc,cdhw->odhw", kernel[:, :, *tap], seen)
    return out + w[f"{name}.bias"][:, None, None, None] if f"{name}.bias" in w else out


def linear(v: Tensor, w: Weights, name: str) -> Tensor:
    """A linear layer on a vector."""
    return w[f"{name}.weight"] @ v + w[f"{name}.bias"]


def whiten(values: Tensor) -> Tensor:
    """Zero mean and unit (biased) variance over all elements."""
    mean = values.sum() / values.numel()
    return (values - mean) / torch.sqrt(((values - mean) ** 2).sum() / values.numel() + 1e-5)


def norm(kind: str, x: Tensor, w: Weights, name: str) -> Tensor:
    """The norm of that name on a batch `(B, C, D, H, W)`, batch norms with the statistics of this batch."""
    batch, channels, depth, height, width = x.shape
    out = torch.empty_like(x)
    weight, bias = w.get(f"{name}.weight"), w.get(f"{name}.bias")
    match kind:
        case "instance2d":
            for b, c, d in product(range(batch), range(channels), range(depth)):
                out[b, c, d] = whiten(x[b, c, d])
        case "instance3d":
            for b, c in product(range(batch), range(channels)):
                out[b, c] = whiten(x[b, c])
        case "batch2d" | "batch3d":
            for c in range(channels):
                out[:, c] = whiten(x[:, c]) * weight[c] + bias[c]
        case "layer":
            for b, d in product(range(batch), range(depth)):
                out[b, :, d] = whiten(x[b, :, d]) * weight + bias
        case "layer3d":  # its weights lie as (D, C, H, W)
            for b in range(batch):
                out[b] = whiten(x[b]) * weight.transpose(0, 1) + bias.transpose(0, 1)
        case "channel":
            for b, d, h, v in product(range(batch), range(depth), range(height), range(width)):
                out[b, :, d, h, v] = whiten(x[b, :, d, h, v]) * weight + bias
        case _:
            raise AssertionError(kind)
    return out


def activation(kind: str, x: Tensor, w: Weights, name: str) -> Tensor:
    """The activation of that name."""
    zero = torch.zeros_like(x)
    below = torch.exp(torch.minimum(x, zero)) - 1
    match kind:
        case "prelu":
            return torch.where(x > 0, x, w[f"{name}.weight"] * x)
        case "relu":
            return torch.where(x > 0, x, zero)
        case "relu6":
            return torch.where(x > 6, zero + 6, torch.where(x > 0, x, zero))
        case "leakyrelu":
            return torch.where(x > 0, x, 0.1 * x)
        case "elu" | "celu":
            return torch.where(x > 0, x, below)
        case "selu":
            return 1.0507009873554804934193349852946 * torch.where(x > 0, x, 1.6732632423543772848170429916717 * below)
        case "gelu":
            return x / 2 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        case "gelu_exact":
            return x / 2 * (1 + torch.erf(x / math.sqrt(2)))
    raise AssertionError(kind)
