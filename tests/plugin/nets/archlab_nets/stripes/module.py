"""The module of HRViT's cell; maps are `(B, C, H, W)`, tokens `(B, H, W, C)`."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archlab_nets.stripes.cells import table_rows


class Stripes(nn.Module):
    """`t + Attn(LN(t)) + DES(t)`, then the same with the feed-forward part; branches are dropped by sample."""

    def __init__(self, channels: int, stripe: int, dim_head: int, hidden: int, drop_path: float) -> None:
        super().__init__()
        self.drop_path = drop_path
        self.attn_norm = nn.LayerNorm(channels)
        self.attn = StripeAttention(channels, stripe, dim_head)
        self.des = Shortcut(channels)
        self.ffn_norm = nn.LayerNorm(channels)
        self.ffn = MixedFeedForward(channels, hidden)

    def forward(self, x: Tensor) -> Tensor:
        t = x.permute(0, 2, 3, 1)
        t = t + self._dropped(self.attn(self.attn_norm(t)) + self.des(t))
        t = t + self._dropped(self.ffn(self.ffn_norm(t)))
        return t.permute(0, 3, 1, 2)

    def _dropped(self, branch: Tensor) -> Tensor:
        if not self.training or not self.drop_path:
            return branch
        keep = 1.0 - self.drop_path
        return branch * branch.new_empty(len(branch), 1, 1, 1).bernoulli_(keep) / keep


class StripeAttention(nn.Module):
    """The first half of the channels attends within stripes of rows, the second within stripes of columns."""

    def __init__(self, channels: int, stripe: int, dim_head: int) -> None:
        super().__init__()
        self.stripe = stripe
        self.dim_head = dim_head
        self.to_qv = nn.Linear(channels, 2 * channels)
        self.local = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.to_out = nn.Linear(channels, channels)
        self.norm = nn.BatchNorm1d(channels)
        nn.init.zeros_(self.norm.weight)

    def forward(self, t: Tensor) -> Tensor:
        q, v = self.to_qv(t).chunk(2, -1)
        (q0, q1), (v0, v1) = q.chunk(2, -1), v.chunk(2, -1)
        columns = self._attend(q1.transpose(1, 2), v1.transpose(1, 2)).transpose(1, 2)
        near = self.local(F.hardswish(v).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        y = self.to_out(F.hardswish(torch.cat([self._attend(q0, v0), columns], -1) + near))
        out: Tensor = self.norm(y.flatten(0, 2)).view(y.shape)
        return out

    def _attend(self, q: Tensor, v: Tensor) -> Tensor:
        """Within stripes of `stripe` whole rows; values are keys. Rows are added below until the stripes are full."""
        b, h, w, c = q.shape
        missing = -h % self.stripe
        q, v = (self._stripes(F.pad(m, (0, 0, 0, 0, 0, missing))) for m in (q, v))
        scores = q @ v.transpose(-2, -1) * self.dim_head**-0.5
        if missing:
            count = (h + missing) // self.stripe
            scores = scores.unflatten(0, (b, count))
            added = torch.arange(self.stripe * w, device=q.device) >= (self.stripe - missing) * w
            pairs = (added[:, None] | added) & (torch.arange(count, device=q.device)[:, None, None] == count - 1)
            scores = (scores - 100.0 * pairs[:, None]).flatten(0, 1)
        out = scores.softmax(-1) @ v
        out = out.transpose(1, 2).reshape(b, h + missing, w, c)
        return out[:, :h]

    def _stripes(self, m: Tensor) -> Tensor:
        """`(B, H, W, C)` to `(B * stripes, heads, tokens, dim_head)`."""
        tokens = m.reshape(-1, self.stripe * m.shape[2], m.shape[3])
        return tokens.unflatten(-1, (-1, self.dim_head)).transpose(1, 2)


class Shortcut(nn.Module):
    """A pixel's channels as a table: a linear map along its rows, GELU, a linear map along its columns."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.rows = table_rows(channels)
        self.proj_right = nn.Linear(self.rows, self.rows)
        self.proj_left = nn.Linear(channels // self.rows, channels // self.rows)

    def forward(self, t: Tensor) -> Tensor:
        table = self.proj_right(t.unflatten(-1, (-1, self.rows))).transpose(-2, -1)
        out: Tensor = self.proj_left(F.gelu(table)).transpose(-2, -1)
        return out.flatten(-2)


class MixedFeedForward(nn.Module):
    """Linear, depth-wise 3x3 on one half of the channels and 5x5 on the other, GELU, linear."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        half = hidden // 2
        self.fc1 = nn.Linear(channels, hidden)
        self.conv_3 = nn.Conv2d(half, half, 3, padding=1, groups=half)
        self.conv_5 = nn.Conv2d(half, half, 5, padding=2, groups=half)
        self.fc2 = nn.Linear(hidden, channels)

    def forward(self, t: Tensor) -> Tensor:
        three, five = self.fc1(t).permute(0, 3, 1, 2).chunk(2, 1)
        mixed = torch.cat([self.conv_3(three), self.conv_5(five)], 1).permute(0, 2, 3, 1)
        out: Tensor = self.fc2(F.gelu(mixed))
        return out
