"""Gates: one map decides how much of another passes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archlab.nn.frames import from_frames, to_frames


class AdditiveGate(nn.Module):
    """One number in (0, 1) per pixel, from the skip and what comes up from below, times the skip.

        g = sigmoid(W_g relu(W_q q + W_x x));   out = x * g

    Source: Oktay et al. 2018 (Attention U-Net), section 2.1; SNRAware's bias-free 1x1 form.
    """

    def __init__(self, channels: int, query_channels: int) -> None:
        super().__init__()
        self.skip_proj = nn.Conv2d(channels, channels, 1, bias=False)
        self.query_proj = nn.Conv2d(query_channels, channels, 1, bias=False)
        self.gate_proj = nn.Conv2d(channels, 1, 1, bias=False)

    def forward(self, x: Tensor, query: Tensor) -> Tensor:
        """`x` `(B, C, [D,] H, W)` gated by `query` of the same size; the shape of `x`."""
        frames, _ = to_frames(x)
        queries, _ = to_frames(query)
        gate = torch.sigmoid(self.gate_proj(torch.relu(self.query_proj(queries) + self.skip_proj(frames))))
        return from_frames(frames * gate, x)

    def in_words(self) -> list[str]:
        """Every step, for people."""
        return [
            "convolution 1x1 of the skip and of the map from below, added",
            "ReLU",
            f"convolution 1x1, {self.gate_proj.in_channels} to 1 channel",
            "sigmoid",
            "times the skip",
        ]
