"""Attention over windows: local, global, ViT-like and Swin, in two and three dimensions."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from archlab.geometry.grouping import Grouping
from archlab.geometry.triple import Triple
from archlab.nn import shuffle
from archlab.nn.attention import Mask, Score, attend
from archlab.nn.conv import conv, mirror
from archlab.nn.frames import unvolume, volume
from archlab.nn.grid import crop, cut, join, triple
from archlab.nn.mask import NO_SHIFT, shifted, window_mask
from archlab.nn.position import RelativePositionBias

ONE = (1, 1, 1)


class WindowAttention(nn.Module):
    """Attention among the tokens of a group, as `grouping` cuts them; frames in, frames out.

    A token is a patch, a window or a pixel with all its channels (p * C features, pixels first); heads are consecutive
    equal chunks of it. Queries, keys and values come from 3x3 or 3x3x3 convolutions ("conv") or from linear layers on
    each token ("linear").

    Args:
        in_channels, out_channels: of the frames.
        grouping: how the map is cut.
        volumetric: one volume per sample is cut, and convolutions are 3x3x3; else each frame for itself.
        heads: attention heads.
        stride_qk: queries and keys come from a map that is coarser by this much along (D, H, W); with "conv" only.
        shifts: the map is moved cyclically by half a window before it is cut (Swin); tokens are single pixels then.
        shuffles: while training, the patches of every window change places before the attention, and back after it.
        bias_after_softmax: see `attend`.
        The others are those of `attend`.

    Raises:
        ValueError: the heads do not divide the features of a token.

    Source: SNRAware (STCNNT), spatial attention modules, with the position bias inside the softmax; Liu et al. 2021
    (Swin), section 3.2, for shifted windows.
    """

    query: nn.Module
    key: nn.Module
    value: nn.Module

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        grouping: Grouping,
        volumetric: bool = False,
        heads: int,
        projection: Literal["conv", "linear"] = "conv",
        stride_qk: Triple = ONE,
        score: Score = "cosine",
        normalize_qk: bool = False,
        relative_position: bool = True,
        bias_after_softmax: bool = False,
        dropout: float = 0.0,
        output_projection: bool = True,
        shifts: bool = False,
        shuffles: bool = False,
    ) -> None:
        super().__init__()
        self.grouping = grouping
        self.key_grouping = grouping.strided(stride_qk)  # of queries too: their maps are as coarse as those of keys
        for pixels in (grouping.pixels, self.key_grouping.pixels):
            if out_channels * pixels % heads:
                what = f"{out_channels * pixels} features of a token"
                raise ValueError(f"{what} cannot be shared out among {heads} heads.")
        self.volumetric = volumetric
        self.heads = heads
        self.projection = projection
        self.score: Score = score
        self.normalize_qk = normalize_qk
        self.bias_after_softmax = bias_after_softmax
        self.dropout = dropout
        self.shifts = shifts
        self.shuffles = shuffles
        axes = 3 if volumetric else 2
        for name, stride in (("query", stride_qk), ("key", stride_qk), ("value", ONE)):
            if projection == "conv":
                # the map is mirrored once for the three of them
                layer: nn.Module = conv(in_channels, out_channels, axes=axes, stride=stride[-axes:], padded=False)
            else:
                layer = nn.Linear(in_channels * grouping.pixels, out_channels * grouping.pixels)
            self.add_module(name, layer)
        self.relative_position = RelativePositionBias(grouping.tokens, heads) if relative_position else None
        self.output_proj = conv(out_channels, out_channels, axes=axes) if output_projection else nn.Identity()

    def forward(self, frames: Tensor, depth: int = 1) -> Tensor:
        """`(N, C_in, H, W)` to `(N, C_out, H, W)`, N = B * depth.

        Raises:
            ValueError: a map of another size, which this attention cannot cut.
        """
        maps = volume(frames, depth) if self.volumetric else frames
        if self.projection == "conv":
            padded = mirror(maps)
            query, key, value = (_five(layer(padded)) for layer in (self.query, self.key, self.value))
            size, keys = triple(value.shape[2:]), triple(key.shape[2:])
            tokens = [
                self._cut(query, self.key_grouping),
                self._cut(key, self.key_grouping),
                self._cut(value, self.grouping),
            ]
        else:
            size = keys = triple(_five(maps).shape[2:])
            found = self._cut(_five(maps), self.grouping)
            tokens = [self.query(found), self.key(found), self.value(found)]
        groups = self.key_grouping.cut(keys).groups
        mask = window_mask(keys, self.key_grouping, self.shifts, self.heads, like=tokens[2])
        out = self._join(self._mixed(tokens, groups, mask), size)
        out = self.output_proj(out if self.volumetric else out.squeeze(2))
        return unvolume(out) if self.volumetric else out

    def _cut(self, maps: Tensor, grouping: Grouping) -> Tensor:
        """`(B, C, D, H, W)` to `(G, T, F)`."""
        size = triple(maps.shape[2:])
        tokens = cut(shifted(maps, self._shift(size), grouping.cut(size).size), grouping)
        features = tokens.shape[-1]
        if self.projection == "linear" and grouping.cut(size).pixels != grouping.pixels:
            what = (
                f"windows of {grouping.cut(size).pixels} pixels, but its linear layers were built for {grouping.pixels}"
            )
            raise ValueError(f"a map of {size[0]}x{size[1]}x{size[2]} has {what}: use the size it was built for.")
        if self.projection == "conv" and features % self.heads:
            what = f"windows of {features} features, which {self.heads} heads cannot share out"
            raise ValueError(f"a map of {size[0]}x{size[1]}x{size[2]} has {what}: use the size it was built for.")
        return tokens

    def _join(self, tokens: Tensor, size: Triple) -> Tensor:
        """`(G, T, F)` to `(B, C, D, H, W)`."""
        shift = self._shift(size)
        if shift == NO_SHIFT:
            return join(tokens, self.grouping, size)
        back = join(tokens, self.grouping, self.grouping.cut(size).size).roll(shift, (2, 3, 4))
        return crop(back, size)

    def _shift(self, size: Triple) -> Triple:
        return self.grouping.shift(size) if self.shifts else NO_SHIFT

    def _mixed(self, tokens: list[Tensor], groups: int, mask: Mask | None) -> Tensor:
        """Queries, keys and values `(G, T, F)` to `(G, T, F)`; patches of a padded map keep their places."""
        if not (self.shuffles and self.training) or mask is not None:
            return self._attend(tokens, mask)
        places = shuffle.places(tokens[0], groups)
        return shuffle.moved(self._attend([shuffle.moved(t, places) for t in tokens], mask), places.argsort())

    def _attend(self, tokens: list[Tensor], mask: Mask | None) -> Tensor:
        query, key, value = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in tokens)
        out = attend(
            query,
            key,
            value,
            score=self.score,
            normalize_qk=self.normalize_qk,
            bias=None if self.relative_position is None else self.relative_position(),
            bias_after_softmax=self.bias_after_softmax,
            mask=mask,
            dropout=self.dropout if self.training else 0.0,
        )
        return out.transpose(1, 2).flatten(2)

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"heads={self.heads}, score={self.score}, shifts={self.shifts}, {self.grouping}"


def _five(maps: Tensor) -> Tensor:
    """Frames `(N, C, H, W)` as volumes of depth 1; volumes as they are."""
    return maps.unsqueeze(2) if maps.dim() == 4 else maps
