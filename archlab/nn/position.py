"""Relative position bias: a learned number per head and offset between two tokens."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn


class RelativePositionBias(nn.Module):
    """A bias for every pair of tokens on a grid (D, H, W), equal for equal offsets.

    The table has a row per offset, `prod(2 * n - 1)` of them, and a column per head: the row of the pair (i, j) is that
    of the offset i - j, along d, h, w. The `(heads, T, T)` bias is cut out of it by sliding windows, so there is no
    index to store.

    Source: Liu et al. 2021 (Swin), section 3.2; SNRAware's table layout, with the axes in the tokens' order.
    """

    def __init__(self, grid: tuple[int, int, int], heads: int) -> None:
        super().__init__()
        self.grid = grid
        self.table = nn.Parameter(torch.empty(prod(2 * n - 1 for n in grid), heads))
        nn.init.trunc_normal_(self.table, std=0.02)

    def forward(self) -> Tensor:
        """`(heads, T, T)` with T = prod(grid), tokens along d, h, w."""
        offsets = self.table.t().unflatten(1, [2 * n - 1 for n in self.grid])
        for axis, n in enumerate(self.grid, start=1):
            offsets = offsets.unfold(axis, n, 1)
        # offsets[head, i..., j...] is the table at i + j per axis: flipping j makes it the offset i - j
        tokens = prod(self.grid)
        return offsets.flip(4, 5, 6).reshape(-1, tokens, tokens)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"grid={self.grid}, heads={self.table.shape[1]}"
