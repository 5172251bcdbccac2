"""Attention along D: every frame looks at all frames of its sample."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archlab.nn.attention import Mask, Score, attend
from archlab.nn.conv import conv, conv3x3, mirror
from archlab.nn.shared import constant, maker


class TemporalAttention(nn.Module):
    """Attention whose tokens are whole frames, all their channels and pixels.

    A frame is read channel by channel; heads are consecutive equal chunks of it: C/h channels each, or, where the heads
    do not divide the channels, C*H*W/h numbers. Any number of frames will do. There is no position bias: frames are
    told apart by their content, and, with `causal`, by seeing no later frame.

    Args:
        in_channels, out_channels: of the frames.
        heads: attention heads.
        stride_qk: queries and keys come from frames that are coarser by this much along (H, W).
        causal: a frame sees itself and earlier frames only.
        The others are those of `attend`.

    Source: SNRAware (STCNNT), temporal attention.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        heads: int,
        stride_qk: tuple[int, int] = (1, 1),
        causal: bool = False,
        score: Score = "cosine",
        normalize_qk: bool = False,
        dropout: float = 0.0,
        output_projection: bool = True,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.score: Score = score
        self.normalize_qk = normalize_qk
        self.dropout = dropout
        # the frames are mirrored once for the three of them
        self.query = conv(in_channels, out_channels, stride=stride_qk, padded=False)
        self.key = conv(in_channels, out_channels, stride=stride_qk, padded=False)
        self.value = conv(in_channels, out_channels, padded=False)
        self.output_proj = conv3x3(out_channels, out_channels) if output_projection else nn.Identity()
        self.causal = causal

    def forward(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`, N = B * depth.

        Raises:
            ValueError: the heads do not divide the numbers of a frame.
        """
        padded = mirror(frames)
        out = attend(
            self._tokens(self.query(padded), depth),
            self._tokens(self.key(padded), depth),
            self._tokens(self.value(padded), depth),
            score=self.score,
            normalize_qk=self.normalize_qk,
            mask=past(depth, like=frames) if self.causal else None,
            dropout=self.dropout if self.training else 0.0,
        )
        _, _, height, width = frames.shape
        out = out.transpose(1, 2).reshape(frames.shape[0], -1, height, width)
        return self.output_proj(out)

    def _tokens(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C, H, W)` to `(B, h, D, C * H * W / h)`."""
        numbers = frames.flatten(1)
        if numbers.shape[1] % self.heads:
            raise ValueError(f"{numbers.shape[1]} numbers of a frame cannot be shared out among {self.heads} heads.")
        return numbers.unflatten(0, (-1, depth)).unflatten(2, (self.heads, -1)).transpose(1, 2)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"heads={self.heads}, score={self.score}, causal={self.causal}"


def past(depth: int, like: Tensor) -> Mask:
    """Hides later frames from a frame; `like` says on which device and in which precision."""
    return Mask(*(constant(mask_of_the_past, (depth,), like, part) for part in range(2)))


@maker
def mask_of_the_past(depth: int) -> Mask:
    """`(1, 1, depth, depth)`: 0 where a frame may see another, -inf where that one is later."""
    later = torch.full((1, 1, depth, depth), -torch.inf, dtype=torch.float32).triu(1)
    return Mask(later, torch.zeros(1, dtype=torch.long))
