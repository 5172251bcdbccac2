"""Attention along D: every frame looks at all frames of its sample."""

from __future__ import annotations

from torch import Tensor, nn

from archlab.nn.attention import Score, attend
from archlab.nn.conv import conv3x3, mirror


class TemporalAttention(nn.Module):
    """Attention whose tokens are whole frames; a head takes C/h channels with all their pixels.

    Any number of frames will do. There is no position bias: frames are told apart by their content.

    Raises:
        ValueError: the heads do not divide the output channels.

    Source: SNRAware (STCNNT), temporal attention, heads over channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        heads: int,
        score: Score = "cosine",
        normalize_qk: bool = False,
        dropout: float = 0.0,
        output_projection: bool = True,
    ) -> None:
        super().__init__()
        if out_channels % heads:
            raise ValueError(f"{out_channels} channels cannot be shared out among {heads} heads.")
        self.heads = heads
        self.score = score
        self.normalize_qk = normalize_qk
        self.dropout = dropout
        # no padding of their own: the three share one mirrored input
        self.query = nn.Conv2d(in_channels, out_channels, 3)
        self.key = nn.Conv2d(in_channels, out_channels, 3)
        self.value = nn.Conv2d(in_channels, out_channels, 3)
        self.output_proj = conv3x3(out_channels, out_channels) if output_projection else nn.Identity()

    def forward(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`, N = B * depth."""
        padded = mirror(frames)
        out = attend(
            self._tokens(self.query(padded), depth),
            self._tokens(self.key(padded), depth),
            self._tokens(self.value(padded), depth),
            score=self.score,
            normalize_qk=self.normalize_qk,
            dropout=self.dropout if self.training else 0.0,
        )
        _, _, height, width = frames.shape
        out = out.transpose(1, 2).reshape(frames.shape[0], -1, height, width)
        return self.output_proj(out)

    def _tokens(self, frames: Tensor, depth: int) -> Tensor:
        """`(N, C, H, W)` to `(B, h, D, C/h * H * W)`."""
        return frames.flatten(1).unflatten(0, (-1, depth)).unflatten(2, (self.heads, -1)).transpose(1, 2)
