"""The module of the head `classify`."""

from __future__ import annotations

from torch import Tensor, nn


class ClassifyHead(nn.Module):
    """Mean over all pixels and frames, dropout, then a linear layer."""

    def __init__(self, channels: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, [D,] H, W)` to `(B, classes)`."""
        return self.linear(self.dropout(x.flatten(2).mean(-1)))
