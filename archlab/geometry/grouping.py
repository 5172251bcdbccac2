"""Which pixels form a token, and which tokens attend among themselves: the one index code. Pure integers.

The modules cut maps by it, the closed forms follow it, and the pictures in the docs are drawn from it.

A volume (D, H, W) is cut into n windows per axis, a window into m patches, a patch into p pixels. A group is a set of
tokens that attend among themselves:

* among "patches": the patches of one window (local attention). The window is fixed: larger maps have more windows.
* among "windows": the patches at the same place of all windows (global attention). The number of windows is fixed:
  larger maps have more patches in a window.
* among "whole": all windows, each a single token (ViT-like). The number of windows is fixed: they grow with the map.

Source: SNRAware (STCNNT), "im2grid": windows, patches and pixels run along d, h, w; features of a token are its pixels,
the channel last.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Literal, NamedTuple

from archlab.geometry.triple import Triple

Among = Literal["patches", "windows", "whole"]


class Cut(NamedTuple):
    """A map cut up: windows `n`, patches of a window `m`, pixels of a patch `p`, each along (D, H, W)."""

    n: Triple
    m: Triple
    p: Triple
    by_windows: bool  # groups are made of tokens from different windows

    @property
    def size(self) -> Triple:
        """Pixels that the cut covers, (D, H, W): the map's own size, or more where it must be padded."""
        n, m, p = self.n, self.m, self.p
        return n[0] * m[0] * p[0], n[1] * m[1] * p[1], n[2] * m[2] * p[2]

    @property
    def groups(self) -> int:
        """Groups of tokens in one map."""
        return prod(self.m if self.by_windows else self.n)

    @property
    def tokens(self) -> int:
        """Tokens of a group."""
        return prod(self.n if self.by_windows else self.m)

    @property
    def pixels(self) -> int:
        """Pixels of a token."""
        return prod(self.p)

    def split(self) -> tuple[int, ...]:
        """(D, H, W) split into (n, m, p) of D, of H, of W."""
        return tuple(k for axis in zip(self.n, self.m, self.p, strict=True) for k in axis)

    def grouped(self) -> tuple[int, ...]:
        """The sizes after `order`: those of the groups, of the tokens, of the pixels, each along (D, H, W)."""
        return (*self.m, *self.n, *self.p) if self.by_windows else (*self.n, *self.m, *self.p)

    def order(self) -> tuple[int, ...]:
        """Axes of `(B, C, *split())` in the order batch, groups, tokens, pixels, channel."""
        n, m, p = (2, 5, 8), (3, 6, 9), (4, 7, 10)
        return (0, *m, *n, *p, 1) if self.by_windows else (0, *n, *m, *p, 1)

    def back(self) -> tuple[int, ...]:
        """Axes that undo `order`: from groups of tokens back to a map."""
        order = self.order()
        return tuple(order.index(axis) for axis in range(len(order)))

    def members(self) -> Iterator[Member]:
        """Every pixel that the cut covers, group by group, token by token, as `order` lays them out."""
        back = self.back()
        for index in product(*map(range, self.grouped())):
            laid = (0, *index, 0)
            n, m, p = ([laid[back[2 + 3 * axis + part]] for axis in range(3)] for part in range(3))
            d, h, w = ((n[a] * self.m[a] + m[a]) * self.p[a] + p[a] for a in range(3))
            yield Member(index[:3], index[3:6], (n[0], n[1], n[2]), (d, h, w))


class Member(NamedTuple):
    """Where a pixel of a cut map belongs: indices of its group, of its token there, of its window; its (d, h, w)."""

    group: tuple[int, ...]
    token: tuple[int, ...]
    window: Triple
    position: Triple


class Grouping(NamedTuple):
    """How an attention cuts its maps; every triple is (D, H, W).

    `windows` are counts per map, `patches` counts per window, `patch` is in pixels. With `pad`, maps that do not divide
    are filled up at the end of each axis.
    """

    among: Among
    windows: Triple
    patches: Triple
    patch: Triple
    pad: bool = False

    @property
    def tokens(self) -> Triple:
        """Tokens of a group."""
        return self.patches if self.among == "patches" else self.windows

    @property
    def pixels(self) -> int:
        """Pixels of a token in a map of the size that this was made for."""
        return prod(self.patch)

    def strided(self, stride: Triple) -> Grouping:
        """The same groups on a map that is `stride` times coarser: a patch has fewer pixels."""
        if stride == (1, 1, 1):
            return self
        d, h, w = (p // s for p, s in zip(self.patch, stride, strict=True))
        return self._replace(patch=(d, h, w))

    def shift(self, size: Triple) -> Triple:
        """Half a window along the axes of `size` (D, H, W) that hold more than one, as a Swin block is shifted."""
        cut = self.cut(size)
        d, h, w = (m * p // 2 if n > 1 else 0 for n, m, p in zip(cut.n, cut.m, cut.p, strict=True))
        return d, h, w

    def cut(self, size: Triple) -> Cut:
        """Cut a map of (D, H, W) `size`.

        Raises:
            ValueError: an axis does not divide and `pad` is off.
        """
        n, m, p = zip(*[self._axis(size[axis], axis) for axis in range(3)], strict=True)
        return Cut(n, m, p, self.among != "patches")

    def _axis(self, size: int, axis: int) -> Triple:
        """Windows, patches and pixels along one axis."""
        windows, patches, patch = self.windows[axis], self.patches[axis], self.patch[axis]
        if self.among == "whole":
            if not (windows - 1) * patch < size <= windows * patch:
                patch = -(-size // windows)
            self._covers(size, windows * patch, windows, axis)
            return windows, 1, patch
        unit = (patches if self.among == "patches" else windows) * patch
        rest = -(-size // unit)
        self._covers(size, rest * unit, unit, axis)
        return (rest, patches, patch) if self.among == "patches" else (windows, rest, patch)

    def _covers(self, size: int, covered: int, unit: int, axis: int) -> None:
        if size == covered or self.pad:
            return
        low, high = size // unit * unit, -(-size // unit) * unit
        name = "DHW"[axis]
        raise ValueError(
            f"{name} = {size} does not fit the {self.tokens[axis]} tokens of {self.patch[axis]} pixels that this "
            f"attention was built for: {name} must be a multiple of {unit}. "
            f"Use {f'{low} or {high}' if low else high}, or the option pad."
        )
