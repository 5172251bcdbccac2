"""The feed-forward part of a transformer block."""

from __future__ import annotations

from torch import Tensor, nn


class MLP(nn.Module):
    """Two linear layers with an exact GELU between them, on the last axis: every token by itself.

    Source: Vaswani et al. 2017, section 3.3; GELU as in Dosovitskiy et al. 2021 (ViT), section 3.1.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        """`(..., C)` to the same."""
        out: Tensor = self.fc2(self.act(self.fc1(tokens)))
        return out
