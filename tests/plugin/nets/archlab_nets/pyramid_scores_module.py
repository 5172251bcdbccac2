"""What is left of the head `nets_pyramid_scores` once its convolutions are nodes and links."""

from __future__ import annotations

from torch import Tensor, nn


class Scores(nn.Module):
    """Mean over all pixels, dropout, linear layer: `(B, C, H, W)` to `(B, classes)`."""

    def __init__(self, channels: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.classifier(self.dropout(x.mean((-2, -1))))
        return out
