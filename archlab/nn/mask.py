"""Masks of window attention: what was padded, and what only a cyclic shift brought together."""

from __future__ import annotations

from functools import partial
from math import gcd

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archlab.geometry.grouping import Grouping
from archlab.geometry.triple import Triple
from archlab.nn.attention import Mask
from archlab.nn.grid import cut
from archlab.nn.shared import Constants

NO_SHIFT = (0, 0, 0)


class WindowMask(nn.Module):
    """The mask of an attention whose maps are padded, shifted, or both.

    It is made once for the `size` (D, H, W) that the module is built for, and shared with equal modules; for maps of
    another size it is computed when the first of them comes, and kept until a third size does.

    Args:
        size: (D, H, W) of the keys' map.
        grouping: how that map is cut.
        shifts: whether the map is moved cyclically by half a window.
        heads: they share out the pixels of a token, so a token that is padded in part belongs to some of them only.

    Source: Liu et al. 2021 (Swin), section 3.2, "efficient batch computation for shifted configuration".
    """

    def __init__(self, size: Triple, grouping: Grouping, shifts: bool, heads: int) -> None:
        super().__init__()
        self.size = size
        self.recent: tuple[Triple, Mask] | None = None  # of the last map of another size
        self.arguments = (grouping, shifts, heads)
        self.built = Constants((size, *self.arguments), Mask._fields, partial(_named, size, *self.arguments))

    def forward(self, size: Triple) -> Mask | None:
        """The mask of a map of (D, H, W) `size`; None where nothing is padded or shifted."""
        grouping, shifts, _ = self.arguments
        if grouping.cut(size).size == size and not (shifts and any(grouping.shift(size))):
            return None
        built = Mask(self.built.tensor("patterns"), self.built.tensor("which"))
        if size == self.size:
            return built
        if self.recent is None or self.recent[0] != size:
            mask = make_mask(size, *self.arguments)
            if torch.compiler.is_compiling():
                return mask
            self.recent = (size, mask)
        patterns, which = self.recent[1]
        self.recent = (size, Mask(patterns.to(built.patterns), which.to(built.which.device)))
        return self.recent[1]

    def extra_repr(self) -> str:
        """Shown by print(module)."""
        return f"size={self.size}"


def make_mask(size: Triple, grouping: Grouping, shifts: bool, heads: int) -> Mask:
    """0 where a token may attend to another, -inf where not; a token that may attend to none sees all.

    On a map of (D, H, W) `size`, for a `WindowMask`.
    """
    covered = grouping.cut(size).size
    shift = grouping.shift(size) if shifts else NO_SHIFT
    # the fewest channels with which the heads share out a token's pixels as they do with all of them
    channels = heads // gcd(heads, grouping.cut(size).pixels)
    real = shifted(torch.ones(1, channels, *size), shift, covered)
    inside = cut(real, grouping).unflatten(-1, (heads, -1)).amax(-1).transpose(1, 2)  # (groups, heads, T)
    if torch.equal(inside, inside[:, :1].expand_as(inside)):
        inside = inside[:, :1]
    region = _regions(covered, grouping, shift)
    of_heads, tokens = inside.shape[1:]
    rows, which = torch.unique(torch.cat([inside.flatten(1), region], dim=1), dim=0, return_inverse=True)
    inside, region = rows[:, : of_heads * tokens].view(-1, of_heads, 1, tokens) > 0, rows[:, of_heads * tokens :]
    allowed = inside
    if shift != NO_SHIFT:
        allowed = inside & (region[:, None, :, None] == region[:, None, None, :])
    allowed = allowed | ~allowed.any(-1, keepdim=True)
    return Mask(torch.zeros(allowed.shape).masked_fill_(~allowed, -torch.inf), which)


def _named(size: Triple, grouping: Grouping, shifts: bool, heads: int) -> dict[str, Tensor]:
    return make_mask(size, grouping, shifts, heads)._asdict()


def _regions(covered: Triple, grouping: Grouping, shift: Triple) -> Tensor:
    """`(groups, T)`: of a shifted map, neighbours before the shift have one number; tokens are single pixels then."""
    region = torch.zeros(1, 1, *covered)
    for axis, (n, moved) in enumerate(zip(covered, shift, strict=True), start=2):
        if moved:
            wrapped = torch.arange(n) >= n - moved
            region = region * 2 + wrapped.view([-1 if a == axis else 1 for a in range(5)])
    return cut(region, grouping).amax(-1)


def shifted(volume: Tensor, shift: Triple, covered: Triple) -> Tensor:
    """`(B, C, D, H, W)` filled up with zeros to (D, H, W) `covered` and moved cyclically by -shift."""
    if shift == NO_SHIFT:
        return volume
    missing = [n - have for n, have in zip(covered, volume.shape[2:], strict=True)]
    if any(missing):
        volume = F.pad(volume, [k for n in reversed(missing) for k in (0, n)])
    return volume.roll([-n for n in shift], (2, 3, 4))
