"""Cutting maps into groups of tokens and putting them together again."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from archlab.geometry.grouping import Cut, Grouping
from archlab.geometry.triple import Triple


def cut(volume: Tensor, grouping: Grouping) -> Tensor:
    """`(B, C, D, H, W)` to `(B * groups, T, p * C)`; what `pad` adds is zero."""
    return cut_by(volume, grouping.cut(triple(volume.shape[2:])))


def cut_by(volume: Tensor, cut: Cut) -> Tensor:
    """As `cut`, for a volume of at most the size that `cut` covers."""
    batch, channels, *size = volume.shape
    if cut.size != tuple(size):
        missing = [covered - n for covered, n in zip(cut.size, size, strict=True)]
        volume = F.pad(volume, [k for n in reversed(missing) for k in (0, n)])
    cells = volume.reshape(batch, channels, *cut.split()).permute(cut.order())
    return cells.reshape(-1, cut.tokens, cut.pixels * channels)


def join(tokens: Tensor, grouping: Grouping, size: Triple) -> Tensor:
    """`(B * groups, T, p * C)` back to `(B, C, D, H, W)` of that (D, H, W), without what was padded."""
    cut = grouping.cut(size)
    channels = tokens.shape[-1] // cut.pixels
    cells = tokens.reshape(-1, *cut.grouped(), channels).permute(cut.back())
    return crop(cells.reshape(cells.shape[0], channels, *cut.size), size)


def crop(volume: Tensor, size: Triple) -> Tensor:
    """The first (D, H, W) `size` of a volume, in memory of its own, so that nothing keeps what was padded."""
    if triple(volume.shape[2:]) == size:
        return volume
    return volume[..., : size[0], : size[1], : size[2]].clone(memory_format=torch.contiguous_format)


def triple(sizes: Iterable[int]) -> Triple:
    """Exactly three sizes, (D, H, W), as a tuple that a type checker knows the length of."""
    d, h, w = sizes
    return d, h, w
