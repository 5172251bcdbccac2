"""The module of the stem `conv`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.conv import conv3x3
from archlab.nn.frames import from_frames, to_frames


class ConvStem(nn.Module):
    """One 3x3 convolution with bias; the size stays."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = conv3x3(in_channels, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, _ = to_frames(x)
        return from_frames(self.conv(frames), x)
