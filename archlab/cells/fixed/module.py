"""The modules of the cells around blocks."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames
from archlab.nn.norm import normalized


class ChannelNorm(nn.Module):
    """LayerNorm of every pixel over its channels."""

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.norm = nn.LayerNorm((channels,), eps)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to the same."""
        frames, depth = to_frames(x)
        return from_frames(normalized(self.norm, "channel", frames, depth), x)


class PatchEmbedding(nn.Module):
    """A point-wise and a depth-wise 3x3 convolution, then a LayerNorm over channels.

    Source: Gu et al. 2022 (HRViT), section 3, patch embedding.
    """

    def __init__(self, in_channels: int, out_channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1)
        self.depthwise = nn.Conv2d(out_channels, out_channels, 3, padding=1, groups=out_channels)
        self.norm = nn.LayerNorm((out_channels,), eps)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, depth = to_frames(x)
        return from_frames(normalized(self.norm, "channel", self.depthwise(self.conv(frames)), depth), x)
