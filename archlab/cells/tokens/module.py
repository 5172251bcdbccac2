"""The module of the transformer cells on tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archlab.nn.attention import attend
from archlab.nn.drop_path import drop_path
from archlab.nn.frames import from_frames, to_frames
from archlab.nn.mlp import MLP


class TokenAttention(nn.Module):
    """Softmax attention among all tokens of a frame: every token looks at every one.

    Source: Vaswani et al. 2017, section 3.2; queries, keys and values from one linear layer.
    """

    def __init__(self, in_channels: int, out_channels: int, *, heads: int, qkv_bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(in_channels, 3 * out_channels, bias=qkv_bias)
        self.output_proj = nn.Linear(out_channels, out_channels)

    def forward(self, tokens: Tensor) -> Tensor:
        """`(N, T, C_in)` to `(N, T, C_out)`."""
        query, key, value = self.qkv(tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        return self.output_proj(attend(query, key, value, score="dot").transpose(1, 2).flatten(2))

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"heads={self.heads}"


class TokenTransformer(nn.Module):
    """Pre-norm transformer block on the pixels of a map, or on the tokens of one that carries extra ones.

    With N1, N2 layer norms over the channels, A the attention, M the MLP, s1, s2 a learned factor per channel where
    there is a `layer_scale` (its initial value), SD stochastic depth per sample, and P the identity or a linear layer
    where the channels change:

        y = P(x) + SD(s1 * A(N1(x)));   z = y + SD(s2 * M(N2(y)))

    Of a map `(B, C, D, H, W)` each frame is a sequence by itself.

    Source: Dosovitskiy et al. 2021 (ViT), section 3.1; layer scale: Touvron et al. 2021 (CaiT), section 2.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        heads: int,
        hidden: int,
        norm_eps: float = 1e-6,
        qkv_bias: bool = True,
        layer_scale: float = 0.0,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_proj = nn.Linear(in_channels, out_channels) if in_channels != out_channels else nn.Identity()
        self.norm1 = nn.LayerNorm(in_channels, norm_eps)
        self.attn = TokenAttention(in_channels, out_channels, heads=heads, qkv_bias=qkv_bias)
        self.norm2 = nn.LayerNorm(out_channels, norm_eps)
        self.mlp = MLP(out_channels, hidden)
        self.scale1 = nn.Parameter(torch.full((out_channels,), layer_scale)) if layer_scale else None
        self.scale2 = nn.Parameter(torch.full((out_channels,), layer_scale)) if layer_scale else None
        self.drop_path = drop_path

    def forward(self, x: Tensor) -> Tensor:
        """`(B, T, C_in)` to `(B, T, C_out)`, or `(B, C_in, [D,] H, W)` to `(B, C_out, [D,] H, W)`."""
        if x.dim() == 3:
            return self._block(x, 1)
        frames, depth = to_frames(x)
        out = self._block(frames.flatten(2).transpose(1, 2), depth)
        return from_frames(out.transpose(1, 2).unflatten(2, frames.shape[2:]), x)

    def _block(self, tokens: Tensor, depth: int) -> Tensor:
        """`(N, T, C_in)` to `(N, T, C_out)`, N = B * depth."""
        # branches come first: a sum lies in memory as its first term does, and pixels of a map need not lie in order
        out = self._branch(self.attn(self.norm1(tokens)), self.scale1, depth) + self.input_proj(tokens)
        return self._branch(self.mlp(self.norm2(out)), self.scale2, depth) + out

    def _branch(self, out: Tensor, scale: Tensor | None, depth: int) -> Tensor:
        out = out if scale is None else out * scale
        return drop_path(out, depth, self.drop_path if self.training else 0.0)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"drop_path={self.drop_path}"
