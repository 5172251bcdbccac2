"""The modules of HRViT's cells. Inside them a map is `(N, H, W, C)`, N = B * depth."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archlab.cells.hrvit.options import table_columns
from archlab.nn.attention import Mask, attend
from archlab.nn.drop_path import drop_path
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.shared import constant, maker


class HRViTCell(nn.Module):
    """Attention in stripes and a mixed feed-forward part, each a residual half of its own.

    With SD stochastic depth per sample, A the attention, S the shortcut and M the feed-forward part:

        t = x + SD(A(LN(x)) + S(x));   y = t + SD(M(LN(t)))

    Args:
        in_channels, out_channels: where they differ, a linear layer `input_proj` comes first.
        stripe: rows and columns of a stripe; 0 = without the first half.
        dim_head: channels of a head.
        hidden: channels inside the feed-forward part; 0 = without the second half.
        norm_eps: of the layer norms and of the batch norm behind the attention.
        norm_momentum: of that batch norm.
        drop_path: probability of leaving out a half for a sample while training.

    Source: Gu et al. 2022 (HRViT), section 3.2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        stripe: int = 0,
        dim_head: int = 0,
        hidden: int = 0,
        norm_eps: float = 1e-5,
        norm_momentum: float = 0.1,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_proj = nn.Linear(in_channels, out_channels) if in_channels != out_channels else None
        if stripe:
            self.norm1 = nn.LayerNorm((out_channels,), norm_eps)
            self.attn = StripeAttention(out_channels, stripe, dim_head, norm_eps, norm_momentum)
            self.shortcut = DiverseShortcut(out_channels)
        if hidden:
            self.norm2 = nn.LayerNorm((out_channels,), norm_eps)
            self.ffn = MixedFeedForward(out_channels, hidden)
        self.attends = stripe > 0
        self.feeds_forward = hidden > 0
        self.drop_path = drop_path

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        frames, depth = to_frames(x)
        rate = self.drop_path if self.training else 0.0
        t = frames.permute(0, 2, 3, 1)
        if self.input_proj is not None:
            t = self.input_proj(t.contiguous())
        if self.attends:
            t = t + drop_path(self.attn(self.norm1(t)) + self.shortcut(t), depth, rate)
        if self.feeds_forward:
            t = t + drop_path(self.ffn(self.norm2(t)), depth, rate)
        return from_frames(t.permute(0, 3, 1, 2), x)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"drop_path={self.drop_path}"


class StripeAttention(nn.Module):
    """Half of the channels attends within stripes of rows, the other half within stripes of columns.

    Keys and values are the same vectors. A map that the stripes do not divide is filled up below or to the right; what
    is filled up is not attended to. The batch norm at the end starts with a weight and a bias of 0.

    Source: Gu et al. 2022 (HRViT), section 3.2, HRViTAttn.
    """

    def __init__(self, channels: int, stripe: int, dim_head: int, norm_eps: float, norm_momentum: float) -> None:
        super().__init__()
        self.stripe = stripe
        self.dim_head = dim_head
        self.qv = nn.Linear(channels, 2 * channels)
        self.local = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.proj = nn.Linear(channels, channels)
        self.norm = nn.BatchNorm1d(channels, norm_eps, norm_momentum)
        nn.init.zeros_(self.norm.weight)

    def forward(self, t: Tensor) -> Tensor:
        """`(N, H, W, C)` to the same."""
        q, v = self.qv(t).chunk(2, -1)
        (q0, q1), (v0, v1) = q.chunk(2, -1), v.chunk(2, -1)
        columns = self._within(q1.transpose(1, 2), v1.transpose(1, 2)).transpose(1, 2)
        both = torch.cat([self._within(q0, v0), columns], -1)
        near = self.local(F.hardswish(v).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        y = self.proj(F.hardswish(both + near))
        return self.norm(y.flatten(0, 2)).view(y.shape)

    def _within(self, q: Tensor, v: Tensor) -> Tensor:
        """Attention within stripes of whole rows, `(N, H, W, C / 2)` to the same."""
        height, width = q.shape[1:3]
        missing = -height % self.stripe
        q, v = (self._tokens(F.pad(m, (0, 0, 0, 0, 0, missing)) if missing else m) for m in (q, v))
        mask = None
        if missing:
            sizes = ((height + missing) // self.stripe, self.stripe * width, missing * width)
            mask = Mask(*(constant(mask_of_stripes, sizes, v, part) for part in range(2)))
        out = attend(q, v, v, score="dot", mask=mask).transpose(1, 2).flatten(2)
        return out.reshape(-1, height + missing, width, out.shape[-1])[:, :height]

    def _tokens(self, m: Tensor) -> Tensor:
        """`(N, H, W, C / 2)` to `(N * stripes, heads, tokens, dim_head)`."""
        stripes = m.reshape(-1, self.stripe * m.shape[2], m.shape[3])
        return stripes.unflatten(-1, (-1, self.dim_head)).transpose(1, 2)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"stripe={self.stripe}, dim_head={self.dim_head}"


@maker
def mask_of_stripes(stripes: int, tokens: int, added: int) -> Mask:
    """0 where a token may be attended to, -inf at the last `added` ones of the last of `stripes`."""
    patterns = torch.zeros(2, 1, 1, tokens, dtype=torch.float32)
    patterns[1, ..., tokens - added :] = -torch.inf
    which = torch.zeros(stripes, dtype=torch.int64)
    which[-1] = 1
    return Mask(patterns, which)


class DiverseShortcut(nn.Module):
    """A pixel's channels as a table: a linear map along its rows, GELU, a linear map along its columns.

    Two small matrices instead of one large one, their Kronecker product, with a non-linearity between them.

    Source: Gu et al. 2022 (HRViT), section 3.2, diversity-enhanced shortcut; Tang et al. 2021 (augmented shortcuts).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.columns = table_columns(channels)
        self.right = nn.Linear(self.columns, self.columns)
        self.left = nn.Linear(channels // self.columns, channels // self.columns)

    def forward(self, t: Tensor) -> Tensor:
        """`(N, H, W, C)` to the same."""
        table = self.right(t.unflatten(-1, (-1, self.columns)).contiguous())
        table = self.left(F.gelu(table).transpose(-2, -1).contiguous())
        return table.transpose(-2, -1).flatten(-2)


class MixedFeedForward(nn.Module):
    """Linear layer, depth-wise 3x3 and 5x5 convolutions on half of the channels each, GELU, linear layer.

    Source: Gu et al. 2022 (HRViT), section 3.2, MixCFN.
    """

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        half = hidden // 2
        self.fc1 = nn.Linear(channels, hidden)
        self.conv3 = nn.Conv2d(half, half, 3, padding=1, groups=half)
        self.conv5 = nn.Conv2d(half, half, 5, padding=2, groups=half)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, t: Tensor) -> Tensor:
        """`(N, H, W, C)` to the same."""
        three, five = self.fc1(t).permute(0, 3, 1, 2).chunk(2, 1)
        mixed = F.gelu(torch.cat([self.conv3(three), self.conv5(five)], 1))
        return self.fc2(mixed.permute(0, 2, 3, 1).contiguous())
