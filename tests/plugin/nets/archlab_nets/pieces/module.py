"""The modules behind the fixed cells; maps are `(B, C, H, W)`."""

from __future__ import annotations

from torch import Tensor, nn


class ChannelNorm(nn.Module):
    """LayerNorm over channels, pixel by pixel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(x.permute(0, 2, 3, 1))
        return out.permute(0, 3, 1, 2)


class PatchEmbedding(nn.Module):
    """HRViT's (Gu et al. 2022, section 3): point-wise and depth-wise convolution with biases, then a norm."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.proj = nn.Sequential(nn.Conv2d(c_in, c_out, 1), nn.Conv2d(c_out, c_out, 3, padding=1, groups=c_out))
        self.norm = nn.LayerNorm(c_out)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(self.proj(x).permute(0, 2, 3, 1))
        return out.permute(0, 3, 1, 2)
