"""Masks of window attention: what was padded, and what only a cyclic shift brought together."""

from __future__ import annotations

from math import gcd

import torch
from torch import Tensor
from torch.nn import functional as F

from archlab.geometry.grouping import Cut, Grouping
from archlab.geometry.triple import Triple
from archlab.nn.attention import Mask
from archlab.nn.grid import cut_by
from archlab.nn.shared import constant, maker

NO_SHIFT = (0, 0, 0)


def window_mask(size: Triple, grouping: Grouping, shifts: bool, heads: int, like: Tensor) -> Mask | None:
    """The mask of attention on a map that is padded, shifted, or both; None where it is neither.

    Args:
        size: (D, H, W) of the keys' map.
        grouping: how that map is cut.
        shifts: whether the map is moved cyclically by half a window.
        heads: they share out the pixels of a token, so a token that is padded in part belongs to some of them only.
        like: its device and precision are the mask's.

    Source: Liu et al. 2021 (Swin), section 3.2, "efficient batch computation for shifted configuration".
    """
    if not (grouping.pad or shifts):
        return None
    cut = grouping.cut(size)
    shift = grouping.shift(size) if shifts else NO_SHIFT
    if cut.size == size and shift == NO_SHIFT:
        return None
    sizes = (*size, *cut.n, *cut.m, *cut.p, int(cut.by_windows), *shift, heads)
    return Mask(*(constant(mask_of_windows, sizes, like, part) for part in range(2)))


@maker
def mask_of_windows(*sizes: int) -> Mask:
    """0 where a token may attend to another, -inf where not; a token that may attend to none sees all.

    `sizes` are those of `window_mask`, all in a row: of the map, of the cut's three parts, whether groups are made of
    windows, the shift, the heads.
    """
    size, n, m, p = ((sizes[i], sizes[i + 1], sizes[i + 2]) for i in range(0, 12, 3))
    by_windows, *shifted_by, heads = sizes[12:]
    cut = Cut(n, m, p, bool(by_windows))
    shift = (shifted_by[0], shifted_by[1], shifted_by[2])
    # the fewest channels with which the heads share out a token's pixels as they do with all of them
    channels = heads // gcd(heads, cut.pixels)
    real = shifted(torch.ones(1, channels, *size, dtype=torch.float32), shift, cut.size)
    inside = cut_by(real, cut).unflatten(-1, (heads, -1)).amax(-1).transpose(1, 2)  # (groups, heads, T)
    if torch.equal(inside, inside[:, :1].expand_as(inside)):
        inside = inside[:, :1]
    region = _regions(cut, shift)
    of_heads, tokens = inside.shape[1:]
    rows, which = torch.unique(torch.cat([inside.flatten(1), region], dim=1), dim=0, return_inverse=True)
    inside, region = rows[:, : of_heads * tokens].view(-1, of_heads, 1, tokens) > 0, rows[:, of_heads * tokens :]
    allowed = inside
    if shift != NO_SHIFT:
        allowed = inside & (region[:, None, :, None] == region[:, None, None, :])
    allowed = allowed | ~allowed.any(-1, keepdim=True)
    return Mask(torch.zeros(allowed.shape, dtype=torch.float32).masked_fill_(~allowed, -torch.inf), which)


def _regions(cut: Cut, shift: Triple) -> Tensor:
    """`(groups, T)`: of a shifted map, neighbours before the shift have one number; tokens are single pixels then."""
    region = torch.zeros(1, 1, *cut.size, dtype=torch.float32)
    for axis, (n, moved) in enumerate(zip(cut.size, shift, strict=True), start=2):
        if moved:
            wrapped = torch.arange(n) >= n - moved
            region = region * 2 + wrapped.view([-1 if a == axis else 1 for a in range(5)])
    return cut_by(region, cut).amax(-1)


def shifted(volume: Tensor, shift: Triple, covered: Triple) -> Tensor:
    """`(B, C, D, H, W)` filled up with zeros to (D, H, W) `covered` and moved cyclically by -shift."""
    if shift == NO_SHIFT:
        return volume
    missing = [n - have for n, have in zip(covered, volume.shape[2:], strict=True)]
    if any(missing):
        volume = F.pad(volume, [k for n in reversed(missing) for k in (0, n)])
    return volume.roll([-n for n in shift], (2, 3, 4))
