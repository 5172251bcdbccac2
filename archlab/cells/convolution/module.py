"""The module of the convolution cells."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.activation import make_activation
from archlab.nn.conv import conv
from archlab.nn.frames import unvolume, volume
from archlab.nn.norm import make_norm, normalized


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
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
        activation: str,
        volumetric: bool = False,
    ) -> None:
        super().__init__()
        self.volumetric = volumetric
        self.conv = conv(in_channels, out_channels, axes=3 if volumetric else 2, bias=False)
        self.norm_name = norm
        self.norm = make_norm(norm, out_channels, size, norm_eps, norm_momentum)
        self.act = make_activation(activation)
        self.adds_input = in_channels == out_channels

    def forward(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`, N = B * depth."""
        out = unvolume(self.conv(volume(frames, depth))) if self.volumetric else self.conv(frames)
        out = self.act(normalized(self.norm, self.norm_name, out, depth))
        return frames + out if self.adds_input else out
