"""The module of the head `classify`."""

from __future__ import annotations

from torch import Tensor, nn


class ClassifyHead(nn.Module):
    """Mean over all pixels and frames, then a linear layer."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, classes)`."""
        return self.linear(x.flatten(2).mean(-1))
