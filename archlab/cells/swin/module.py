"""The torch module of the Swin block; inside, maps are `(N, H, W, C)`, N = B * D frames."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from archlab.geometry.grouping import Cut, Grouping
from archlab.geometry.triple import Triple
from archlab.nn.attention import attend
from archlab.nn.drop_path import drop_path
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.mask import NO_SHIFT, window_mask
from archlab.nn.mlp import MLP
from archlab.nn.position import RelativePositionBias


class SwinBlock(nn.Module):
    """Norm, attention over windows, sum; norm, MLP, sum; for maps `(B, C, [D,] H, W)`, each frame by itself.

    With N1, N2 layer norms over the channels, A the attention, M the MLP, SD stochastic depth per sample, and P the
    identity or a linear layer where the channels change:

        y = P(x) + SD(A(N1(P(x))));   z = y + SD(M(N2(y)))

    `hidden` are the features inside the MLP; the other arguments are those of `WindowAttention`.

    Source: Liu et al. 2021 (Swin), section 3.2, equations 3 and 4.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        grouping: Grouping,
        shifts: bool,
        heads: int,
        hidden: int,
        qkv_bias: bool = True,
        norm_eps: float = 1e-5,
        drop_path: float = 0.0,
        attention_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        changes = in_channels != out_channels
        self.input_proj = nn.Linear(in_channels, out_channels) if changes else nn.Identity()
        self.norm1 = nn.LayerNorm(out_channels, norm_eps)
        self.attn = WindowAttention(
            out_channels, grouping=grouping, shifts=shifts, heads=heads, qkv_bias=qkv_bias, dropout=attention_dropout
        )
        self.norm2 = nn.LayerNorm(out_channels, norm_eps)
        self.mlp = MLP(out_channels, hidden)
        self.drop_path = drop_path

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, depth = to_frames(x)
        t = self.input_proj(frames.permute(0, 2, 3, 1))
        # the branch comes first: sums then lie in memory as it does, channels last
        t = self._skip(self.attn(self.norm1(t)), depth) + t
        t = self._skip(self.mlp(self.norm2(t)), depth) + t
        return from_frames(t.permute(0, 3, 1, 2), x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"drop_path={self.drop_path}"

    def _skip(self, branch: Tensor, depth: int) -> Tensor:
        return drop_path(branch, depth, self.drop_path if self.training else 0.0)


class WindowAttention(nn.Module):
    """Attention among the pixels of each window, `(N, H, W, C)` to `(N, H, W, C)`.

    Args:
        channels: C.
        grouping: how a map is cut into windows of single pixels.
        shifts: windows are moved by half of their size, along axes that hold several.
        heads: attention heads, which divide C; queries, keys and values lie head by head in `qkv`, in this order.
        qkv_bias: whether that layer has a bias.
        dropout: share of attention weights dropped while training.

    Source: Liu et al. 2021 (Swin), section 3.2.
    """

    def __init__(
        self,
        channels: int,
        *,
        grouping: Grouping,
        shifts: bool = False,
        heads: int,
        qkv_bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"{channels} channels cannot be shared out among {heads} heads.")
        self.grouping = grouping
        self.shifts = shifts
        self.heads = heads
        self.dropout = dropout
        self.qkv = nn.Linear(channels, 3 * channels, bias=qkv_bias)
        self.relative_position = RelativePositionBias(grouping.tokens, heads)
        self.proj = nn.Linear(channels, channels)

    def forward(self, t: Tensor) -> Tensor:
        """`(N, H, W, C)` to the same.

        Raises:
            ValueError: a map of a size that the windows do not divide, without padding.
        """
        size = (1, t.shape[1], t.shape[2])
        cut = self.grouping.cut(size)
        shift = self.grouping.shift(size) if self.shifts else NO_SHIFT
        qkv = self.qkv(_windows(t, cut, shift)).unflatten(-1, (3, self.heads, -1))
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        out = attend(
            query,
            key,
            value,
            score="dot",
            bias=self.relative_position(),
            mask=window_mask(size, self.grouping, self.shifts, self.heads, like=value),
            dropout=self.dropout if self.training else 0.0,
        )
        return _maps(self.proj(out.transpose(1, 2).flatten(2)), cut, shift, size)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"heads={self.heads}, shifts={self.shifts}, {self.grouping}"


def _windows(t: Tensor, cut: Cut, shift: Triple) -> Tensor:
    """`(N, H, W, C)`, filled up with zeros and moved cyclically, as `(N * windows, pixels, C)`."""
    _, height, width, channels = t.shape
    if cut.size[1:] != (height, width):
        t = F.pad(t, (0, 0, 0, cut.size[2] - width, 0, cut.size[1] - height))
    if shift != NO_SHIFT:
        t = t.roll((-shift[1], -shift[2]), (1, 2))
    (_, rows, columns), (_, high, wide) = cut.n, cut.m
    return t.reshape(-1, rows, high, columns, wide, channels).transpose(2, 3).reshape(-1, cut.tokens, channels)


def _maps(tokens: Tensor, cut: Cut, shift: Triple, size: Triple) -> Tensor:
    """The inverse of `_windows` for maps of (1, H, W) `size`."""
    (_, rows, columns), (_, high, wide) = cut.n, cut.m
    squares = tokens.reshape(-1, rows, columns, high, wide, tokens.shape[-1]).transpose(2, 3)
    t = squares.reshape(-1, *cut.size[1:], tokens.shape[-1])
    if shift != NO_SHIFT:
        t = t.roll(shift[1:], (1, 2))
    return t if cut.size == size else t[:, : size[1], : size[2]].contiguous()
