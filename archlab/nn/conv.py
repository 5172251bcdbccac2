"""Convolutions with mirrored borders."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.activation import make_activation
from archlab.nn.frames import unvolume, volume
from archlab.nn.norm import make_norm, normalized

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


class ConvNormActivation(nn.Module):
    """3x3 or 3x3x3 convolution, norm, activation, and the input added where the channels stay.

    `volumetric`: 3x3x3 over the frames of a sample, which must be two at least.

    Source: SNRAware (STCNNT), convolution module of the codes C2 and C3.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        size: tuple[int, int, int],
        norm: str,
        activation: str,
        volumetric: bool = False,
    ) -> None:
        super().__init__()
        self.volumetric = volumetric
        self.conv = conv(in_channels, out_channels, axes=3 if volumetric else 2, bias=False)
        self.norm_name = norm
        self.norm = make_norm(norm, out_channels, size)
        self.act = make_activation(activation)
        self.adds_input = in_channels == out_channels

    def forward(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`, N = B * depth."""
        out = unvolume(self.conv(volume(frames, depth))) if self.volumetric else self.conv(frames)
        out = self.act(normalized(self.norm, self.norm_name, out, depth))
        return frames + out if self.adds_input else out
