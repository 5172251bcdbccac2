"""The module of the link `projection`."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames


class Pointwise(nn.Module):
    """A 1x1 convolution without bias at the same size."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, _ = to_frames(x)
        return from_frames(self.conv(frames), x)
