"""3x3 convolutions with mirrored borders."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.nn.activation import make_activation
from archlab.nn.norm import make_norm


def mirror(x: Tensor) -> Tensor:
    """One mirrored pixel around H and W; both need at least 2 pixels."""
    return F.pad(x, (1, 1, 1, 1), mode="reflect")


def conv3x3(in_channels: int, out_channels: int, *, bias: bool = True, stride: int = 1) -> nn.Conv2d:
    """A 3x3 convolution that mirrors the border, so that the size stays (or halves, with stride 2)."""
    return nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, padding_mode="reflect", bias=bias)


class ConvNormActivation(nn.Module):
    """3x3 convolution, norm, activation, and the input added where the channels stay.

    Source: SNRAware (STCNNT), convolution module of the code C2.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, size: tuple[int, int, int], norm: str, activation: str
    ) -> None:
        super().__init__()
        self.conv = conv3x3(in_channels, out_channels, bias=False)
        self.norm = make_norm(norm, out_channels, size)
        self.act = make_activation(activation)
        self.adds_input = in_channels == out_channels

    def forward(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`."""
        out = self.act(self.norm(self.conv(frames), depth))
        return frames + out if self.adds_input else out
