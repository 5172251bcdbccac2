"""Attention over windows and patches of a frame: local, global, and the regrouping both are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from archlab.nn.attention import RelativePositionBias, Score, attend
from archlab.nn.conv import conv3x3, mirror

Among = Literal["patches", "windows"]
Pair = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """Cuts frames into tokens and puts them together again; one patch is one token.

    `among="patches"`: the patches of a window form a group (local attention). The window is fixed, so larger maps
    have more windows. `among="windows"`: the patches at the same place of all windows form a group (global
    attention). The number of windows is fixed, so larger maps have larger windows.

    Source: SNRAware (STCNNT), "im2grid": tokens run row by row, features pixel by pixel with the channel last.
    """

    among: Among
    windows: Pair
    patches: Pair
    patch: Pair

    @property
    def tokens(self) -> Pair:
        """Tokens of a group along (H, W)."""
        return self.patches if self.among == "patches" else self.windows

    def cut(self, frames: Tensor) -> Tensor:
        """`(N, C, H, W)` to `(N * groups, T, p * C)`."""
        _, channels, height, width = frames.shape
        (n_h, m_h), (n_w, m_w) = self._counts(height, 0), self._counts(width, 1)
        p_h, p_w = self.patch
        cells = frames.reshape(-1, channels, n_h, m_h, p_h, n_w, m_w, p_w)
        if self.among == "patches":
            cells = cells.permute(0, 2, 5, 3, 6, 4, 7, 1)
        else:
            cells = cells.permute(0, 3, 6, 2, 5, 4, 7, 1)
        tokens = self.tokens
        return cells.reshape(-1, tokens[0] * tokens[1], p_h * p_w * channels)

    def join(self, tokens: Tensor, height: int, width: int) -> Tensor:
        """`(N * groups, T, p * C)` back to `(N, C, H, W)`."""
        (n_h, m_h), (n_w, m_w) = self._counts(height, 0), self._counts(width, 1)
        p_h, p_w = self.patch
        channels = tokens.shape[-1] // (p_h * p_w)
        if self.among == "patches":
            cells = tokens.reshape(-1, n_h, n_w, m_h, m_w, p_h, p_w, channels).permute(0, 7, 1, 3, 5, 2, 4, 6)
        else:
            cells = tokens.reshape(-1, m_h, m_w, n_h, n_w, p_h, p_w, channels).permute(0, 7, 3, 1, 5, 4, 2, 6)
        return cells.reshape(-1, channels, height, width)

    def _counts(self, size: int, axis: int) -> Pair:
        """Windows, and patches per window, of an axis of `size` pixels."""
        token, patch = self.tokens[axis], self.patch[axis]
        rest = size // (token * patch)
        if rest * token * patch != size:
            low, high = rest * token * patch, (rest + 1) * token * patch
            name = "HW"[axis]
            raise ValueError(
                f"{name} = {size} does not fit the {token} tokens of {patch} pixels that this attention was built "
                f"for: {name} must be a multiple of {token * patch}. Use {f'{low} or {high}' if low else high}."
            )
        return (rest, token) if self.among == "patches" else (token, rest)


class WindowAttention(nn.Module):
    """Attention among the patches of a window, or among the windows of a frame.

    A token is a patch with all its channels (p * C features, pixels first); heads are consecutive equal chunks of it.
    Queries, keys and values come from 3x3 convolutions on the frame ("conv") or from linear layers on each patch.

    Raises:
        ValueError: the heads do not divide the features of a token.

    Source: SNRAware (STCNNT), spatial local and spatial global attention, with the position bias inside the softmax.
    """

    query: nn.Module
    key: nn.Module
    value: nn.Module

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        grid: Grid,
        *,
        heads: int,
        projection: Literal["conv", "linear"] = "conv",
        score: Score = "cosine",
        normalize_qk: bool = False,
        relative_position: bool = True,
        dropout: float = 0.0,
        output_projection: bool = True,
    ) -> None:
        super().__init__()
        pixels = grid.patch[0] * grid.patch[1]
        if out_channels * pixels % heads:
            raise ValueError(f"{out_channels * pixels} features of a patch cannot be shared out among {heads} heads.")
        self.grid = grid
        self.heads = heads
        self.projection = projection
        self.score = score
        self.normalize_qk = normalize_qk
        self.dropout = dropout
        for name in ("query", "key", "value"):
            # the convolutions have no padding of their own: the three share one mirrored input
            layer = (
                nn.Conv2d(in_channels, out_channels, 3)
                if projection == "conv"
                else nn.Linear(in_channels * pixels, out_channels * pixels)
            )
            self.add_module(name, layer)
        self.relative_position = RelativePositionBias(grid.tokens, heads) if relative_position else None
        self.output_proj = conv3x3(out_channels, out_channels) if output_projection else nn.Identity()

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`."""
        _, _, height, width = frames.shape
        if self.projection == "conv":
            padded = mirror(frames)
            query, key, value = (self.grid.cut(layer(padded)) for layer in (self.query, self.key, self.value))
        else:
            tokens = self.grid.cut(frames)
            query, key, value = self.query(tokens), self.key(tokens), self.value(tokens)
        out = attend(
            self._split(query),
            self._split(key),
            self._split(value),
            score=self.score,
            normalize_qk=self.normalize_qk,
            bias=None if self.relative_position is None else self.relative_position(),
            dropout=self.dropout if self.training else 0.0,
        )
        return self.output_proj(self.grid.join(out.transpose(1, 2).flatten(2), height, width))

    def _split(self, tokens: Tensor) -> Tensor:
        """`(G, T, F)` to `(G, h, T, F/h)`."""
        return tokens.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"heads={self.heads}, score={self.score}, {self.grid}"
