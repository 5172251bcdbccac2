"""The value that flows along links: channels, spatial size, stride, extra tokens."""

from __future__ import annotations

import math

import msgspec

from archlab.text.sentences import plural
from archlab.text.sizes import times


class FeatureMap(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """One tensor between nodes, without its batch axis.

    `size` is `(H, W)` for 4-D tensors, `(D, H, W)` for 5-D ones and `()` after global pooling.
    `stride` is the number of input pixels per pixel of this map, per axis of H and W; `stride_depth` that of D.
    `tokens` are extra ones, such as a class token, that a transformer carries along with the pixels of a 4-D map: the
    tensor then is `(B, tokens + H * W, C)`, they first, and `size` stays that of the grid.
    """

    channels: int
    size: tuple[int, ...]
    stride: tuple[int, int] = (1, 1)
    stride_depth: int = 1
    tokens: int = 0

    @property
    def depth(self) -> int:
        """D, or 1 for a map without a depth axis."""
        return self.size[0] if len(self.size) == 3 else 1

    @property
    def height(self) -> int:
        """H, in pixels of this map."""
        return self.size[-2]

    @property
    def width(self) -> int:
        """W, in pixels of this map."""
        return self.size[-1]

    @property
    def dhw(self) -> tuple[int, int, int]:
        """(D, H, W), with D = 1 for 4-D tensors."""
        return (self.depth, self.height, self.width)

    @property
    def pixels(self) -> int:
        """Positions in the map, D * H * W; 1 after global pooling."""
        return math.prod(self.size)

    @property
    def elements(self) -> int:
        """Numbers in the map for one sample."""
        return self.channels * (self.tokens + math.prod(self.size))

    def shape(self, batch: int = 1) -> tuple[int, ...]:
        """Tensor shape with the batch axis, `(B, C, ...)`; `(B, tokens + H * W, C)` with extra tokens."""
        if self.tokens:
            return (batch, self.tokens + math.prod(self.size), self.channels)
        return (batch, self.channels, *self.size)

    def with_channels(self, channels: int) -> FeatureMap:
        """The same map with another number of channels."""
        return FeatureMap(
            channels=channels, size=self.size, stride=self.stride, stride_depth=self.stride_depth, tokens=self.tokens
        )

    def with_tokens(self, tokens: int) -> FeatureMap:
        """The same map with so many extra tokens; 0 = the grid alone."""
        return msgspec.structs.replace(self, tokens=tokens)

    def resized(self, height: int, width: int) -> FeatureMap:
        """The same map at another H x W; the stride follows."""
        stride_h, stride_w = self.stride
        return FeatureMap(
            channels=self.channels,
            size=(*self.size[:-2], height, width),
            stride=(stride_h * self.height // height or 1, stride_w * self.width // width or 1),
            stride_depth=self.stride_depth,
            tokens=self.tokens,
        )

    def __str__(self) -> str:
        grid = times((self.channels, *self.size))
        return f"{grid} + {plural(self.tokens, 'token')}" if self.tokens else grid
