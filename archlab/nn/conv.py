"""Convolutions with mirrored borders."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

CONVOLUTIONS = {2: nn.Conv2d, 3: nn.Conv3d}


def mirror(x: Tensor, by: int = 1) -> Tensor:
    """`by` mirrored pixels around the axes of a map, (H, W) or (D, H, W); each needs one pixel more than that."""
    return F.pad(x, (by,) * 2 * (x.dim() - 2), mode="reflect")


def conv(
    in_channels: int,
    out_channels: int,
    kernel: int = 3,
    *,
    axes: int = 2,
    stride: int | tuple[int, ...] = 1,
    bias: bool = True,
    padded: bool = True,
) -> nn.Module:
    """A convolution of odd `kernel` over 2 or 3 axes that mirrors the border, so that the size stays or divides.

    `padded=False`: the caller mirrors the border.
    """
    kind: Any = CONVOLUTIONS[axes]
    border = {"padding": kernel // 2, "padding_mode": "reflect"} if padded and kernel > 1 else {}
    module: nn.Module = kind(in_channels, out_channels, kernel, stride=stride, bias=bias, **border)
    return module


def conv3x3(in_channels: int, out_channels: int, *, bias: bool = True, stride: int = 1) -> nn.Module:
    """A 3x3 convolution that mirrors the border, so that the size stays (or halves, with stride 2)."""
    return conv(in_channels, out_channels, bias=bias, stride=stride)
