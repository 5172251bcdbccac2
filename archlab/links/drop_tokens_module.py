"""The module of the link `drop_tokens`."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DropTokens(nn.Module):
    """The tokens behind the first `tokens` ones as a map again, of the proportions of `size`, (H, W)."""

    def __init__(self, tokens: int, size: tuple[int, ...]) -> None:
        super().__init__()
        self.tokens = tokens
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        """`(B, tokens + H * W, C)` to `(B, C, H, W)`."""
        grid = x[:, self.tokens :].clone(memory_format=torch.contiguous_format)  # of a view, all of `x` would be kept
        return grid.transpose(1, 2).unflatten(2, self.size)

    def in_words(self) -> list[str]:
        """What is left out, for people."""
        return [f"{self.tokens} extra tokens left out" if self.tokens > 1 else "the extra token left out"]

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"tokens={self.tokens}, size={self.size}"
