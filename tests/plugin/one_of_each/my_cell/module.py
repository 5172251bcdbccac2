"""The torch module of the separable convolution."""

from __future__ import annotations

from torch import Tensor, nn


class Separable(nn.Module):
    """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`, frame by frame."""

    def __init__(self, c_in: int, c_out: int, kernel: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv3d(c_in, c_in, (1, kernel, kernel), padding="same", groups=c_in)
        self.pointwise = nn.Conv3d(c_in, c_out, 1)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """A map without frames is a stack of one."""
        deep = x if x.dim() == 5 else x.unsqueeze(2)
        y = self.act(self.pointwise(self.depthwise(deep)))
        return y if x.dim() == 5 else y.squeeze(2)
