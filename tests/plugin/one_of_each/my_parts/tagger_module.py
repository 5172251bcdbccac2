"""The torch module of the tagger."""

from __future__ import annotations

from torch import Tensor, nn


class Tags(nn.Module):
    """`(B, C, [D,] H, W)` to `(B, tags)`."""

    def __init__(self, channels: int, tags: int) -> None:
        super().__init__()
        self.scores = nn.Linear(channels, tags)

    def forward(self, x: Tensor) -> Tensor:
        """The largest pixel of every channel decides."""
        scores: Tensor = self.scores(x.flatten(2).amax(2))
        return scores
