"""SNRAware's cells as one writes them down at first: the whole attention matrix, in torch, nothing shared or fused.

What `attention.py` measures against. Submodules are named as in archlab's cells, so that both hold the same weights;
nothing else is taken from there. Tensors are `(B, C, D, H, W)`; every triple is (D, H, W).
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Triple = tuple[int, int, int]


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int, bias: Tensor | None = None) -> Tensor:
    """Cosine attention of `(G, T, F)` tokens, heads being equal chunks of F; `bias` is `(heads, T, T)`."""
    query, key, value = (t.reshape(*t.shape[:2], heads, -1).permute(0, 2, 1, 3) for t in (query, key, value))
    scores = F.normalize(query, dim=-1) @ F.normalize(key, dim=-1).transpose(-2, -1)
    if bias is not None:
        scores = scores + bias
    out = torch.softmax(scores, dim=-1) @ value
    return out.permute(0, 2, 1, 3).reshape(out.shape[0], out.shape[2], -1)


class PositionBias(nn.Module):
    """A table with a row per offset on the tokens' grid, looked up by an index of all pairs."""

    index: Tensor

    def __init__(self, grid: Triple, heads: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(prod(2 * n - 1 for n in grid), heads))
        places = torch.cartesian_prod(*(torch.arange(n) for n in grid))
        offsets = places[:, None] - places[None] + torch.tensor(grid) - 1
        spans = torch.tensor([(2 * grid[1] - 1) * (2 * grid[2] - 1), 2 * grid[2] - 1, 1])
        self.register_buffer("index", (offsets * spans).sum(-1), persistent=False)

    def forward(self) -> Tensor:
        """`(heads, T, T)`."""
        return self.table[self.index].permute(2, 0, 1)


class Attention(nn.Module):
    """Query, key, value and output projections around `attend`; a subclass says what a token is."""

    def __init__(self, channels: int, heads: int, grid: Triple | None = None, *, volumetric: bool = False) -> None:
        super().__init__()
        self.heads, self.volumetric = heads, volumetric
        conv = nn.Conv3d if volumetric else nn.Conv2d
        self.query, self.key, self.value, self.output_proj = (
            conv(channels, channels, 3, padding=1, padding_mode="reflect") for _ in range(4)
        )
        self.relative_position = PositionBias(grid, heads) if grid is not None else None

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, D, H, W)` to the same shape."""
        query, key, value = (self.to_tokens(over(layer, x)) for layer in (self.query, self.key, self.value))
        bias = None if self.relative_position is None else self.relative_position()
        out = attend(query, key, value, self.heads, bias)
        return over(self.output_proj, self.to_map(out, x.shape))

    def to_tokens(self, x: Tensor) -> Tensor:
        """`(B, C, D, H, W)` to `(G, T, F)`."""
        raise NotImplementedError

    def to_map(self, tokens: Tensor, shape: torch.Size) -> Tensor:
        """`(G, T, F)` to `(B, C, D, H, W)`."""
        raise NotImplementedError


class FrameAttention(Attention):
    """The attention of the T cells, along D: a token is a whole frame."""

    def to_tokens(self, x: Tensor) -> Tensor:
        """`(B, C, D, H, W)` to `(B, D, C * H * W)`."""
        return x.permute(0, 2, 1, 3, 4).reshape(x.shape[0], x.shape[2], -1)

    def to_map(self, tokens: Tensor, shape: torch.Size) -> Tensor:
        """`(B, D, C * H * W)` to a map of that `(B, C, D, H, W)` shape."""
        b, c, d, h, w = shape
        return tokens.reshape(b, d, c, h, w).permute(0, 2, 1, 3, 4)


class GridAttention(Attention):
    """The attention of the L, G, V and S cells: a token is a patch of a window.

    Along each axis a map has n windows, a window m patches, a patch p pixels.
    `across`: tokens come from the same place of all windows (G; V, whose windows have one patch), else from one window.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        size: Triple,
        window: Triple,
        patch: Triple,
        *,
        across: bool,
        bias: bool,
        volumetric: bool,
    ) -> None:
        size = size if volumetric else (1, *size[1:])
        axes = [(n // w, w // p, p) for n, w, p in zip(size, window, patch, strict=True)]
        n, m, _ = zip(*axes, strict=True)
        super().__init__(channels, heads, (n if across else m) if bias else None, volumetric=volumetric)
        groups, tokens = ((3, 6, 9), (2, 5, 8)) if across else ((2, 5, 8), (3, 6, 9))
        self.split = [k for axis in axes for k in axis]
        self.order = [0, *groups, *tokens, 4, 7, 10, 1]
        self.counts = [self.split[axis - 2] for axis in self.order[1:-1]]
        self.tokens = prod(n if across else m)

    def to_tokens(self, x: Tensor) -> Tensor:
        """`(B, C, D, H, W)` to `(B * groups, tokens, pixels * C)`."""
        if not self.volumetric:
            x = x.transpose(1, 2).flatten(0, 1)
        cells = x.reshape(x.shape[0], x.shape[1], *self.split).permute(self.order)
        return cells.reshape(-1, self.tokens, prod(self.counts[6:]) * x.shape[1])

    def to_map(self, tokens: Tensor, shape: torch.Size) -> Tensor:
        """Groups of tokens, as `to_tokens` makes them, to a map of that `(B, C, D, H, W)` shape."""
        b, c, d, h, w = shape
        back = [self.order.index(axis) for axis in range(len(self.order))]
        cells = tokens.reshape(-1, *self.counts, c).permute(back)
        return cells.reshape(shape) if self.volumetric else cells.reshape(b, d, c, h, w).transpose(1, 2)


class Mixer(nn.Module):
    """3x3 convolutions to four times the channels and back."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, 4 * channels, 3, padding=1, padding_mode="reflect")
        self.act = nn.PReLU()
        self.fc2 = nn.Conv2d(4 * channels, channels, 3, padding=1, padding_mode="reflect")

    def forward(self, frames: Tensor) -> Tensor:
        """`(N, C, H, W)` to the same shape."""
        return self.fc2(self.act(self.fc1(frames)))


class Cell(nn.Module):
    """Norm, attention, sum; norm, mixer, sum."""

    def __init__(self, channels: int, attn: Attention) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.InstanceNorm2d(channels), nn.InstanceNorm2d(channels)
        self.attn = attn
        self.mixer = Mixer(channels)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, D, H, W)` to the same shape."""
        x = x + self.attn(over(self.norm1, x))
        return x + over(self.mixer, over(self.norm2, x))


def over(layer: nn.Module, x: Tensor) -> Tensor:
    """A layer of volumes as it is, one of frames on every frame."""
    if isinstance(layer, nn.Conv3d):
        return layer(x)
    b, c, d, h, w = x.shape
    frames = layer(x.permute(0, 2, 1, 3, 4).reshape(b * d, c, h, w))
    return frames.reshape(b, d, -1, h, w).permute(0, 2, 1, 3, 4)
