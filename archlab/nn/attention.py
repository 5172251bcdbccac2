"""Scores, softmax and values: what every attention shares."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Score = Literal["cosine", "dot"]


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    score: Score = "cosine",
    normalize_qk: bool = False,
    bias: Tensor | None = None,
    dropout: float = 0.0,
) -> Tensor:
    """Softmax attention of `(G, h, T, F)` tensors; the bias is added to the scores, inside the softmax.

    Args:
        query: tokens that ask.
        key: tokens that are asked.
        value: what they answer.
        score: "cosine" compares directions without a temperature (scores in [-1, 1]); "dot" is the product
            divided by sqrt(F).
        normalize_qk: with "dot", queries and keys first get zero mean and unit variance over F (F >= 2).
        bias: `(h, T, T)`, one number per head and pair of tokens.
        dropout: share of attention weights dropped.

    Returns:
        `(G, h, T, F)`.

    Source: SNRAware (STCNNT), attention modules; Vaswani et al. 2017, section 3.2.1; cosine scores as in
    Liu et al. 2022 (Swin V2), section 3.3, without its temperature.
    """
    scale = None
    if score == "cosine":
        query, key, scale = F.normalize(query, dim=-1), F.normalize(key, dim=-1), 1.0
    elif normalize_qk:
        query, key = standardize(query), standardize(key)
    mask = None if bias is None else bias.to(value.dtype).unsqueeze(0)
    return F.scaled_dot_product_attention(
        query.to(value.dtype), key.to(value.dtype), value, attn_mask=mask, dropout_p=dropout, scale=scale
    )


def standardize(x: Tensor, eps: float = 1e-5) -> Tensor:
    """Zero mean and unit (unbiased) variance over the last axis.

    Raises:
        ValueError: the last axis has a single entry, which has no variance.
    """
    if x.shape[-1] < 2:
        raise ValueError("a single feature per head has no variance to normalise by: use fewer heads.")
    variance, mean = torch.var_mean(x, dim=-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps)


class RelativePositionBias(nn.Module):
    """A learned number per head and offset between two tokens on an `(a, b)` grid.

    The table is `(2a-1) * (2b-1)` rows by `heads`: the row of the pair (i, j) is that of the offset i - j, row by
    row. The `(heads, T, T)` bias is cut out of it by sliding windows, so there is no index buffer to store.

    Source: Liu et al. 2021 (Swin), section 3.2; SNRAware's table layout.
    """

    def __init__(self, grid: tuple[int, int], heads: int) -> None:
        super().__init__()
        self.grid = grid
        self.table = nn.Parameter(torch.empty((2 * grid[0] - 1) * (2 * grid[1] - 1), heads))
        nn.init.trunc_normal_(self.table, std=0.02)

    def forward(self) -> Tensor:
        """`(heads, T, T)` with T = a * b, tokens row by row."""
        rows, columns = self.grid
        table = self.table.t().unflatten(1, (2 * rows - 1, 2 * columns - 1))
        # windows[h, i, k, j, l] = table[h, i + j, k + l]: flipping j and l makes them offsets i - j and k - l
        windows = table.unfold(1, rows, 1).unfold(2, columns, 1)
        return windows.flip(3, 4).reshape(-1, rows * columns, rows * columns)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"grid={self.grid}, heads={self.table.shape[1]}"
