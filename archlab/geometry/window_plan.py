"""Window and patch sizes from level to level (SNRAware, `window_sizing_method`), for any number of levels.

Two primitive rules, per axis of H and W; D never changes:

* keep the number of windows: `n = max(n, 2)`, `m = max(m0, 2)`, `w = max(H // n, 1)`, `p = max(w // m, 1)`
* keep the window size: where fewer than two windows fit, `w = max(H // 2, 1)`; fewer than two patches,
  `p = max(w // 2, 1)`

"fixed", which is not SNRAware's, keeps window and patch as asked everywhere; a cell then makes a map that is smaller
than the window one window (Liu et al. 2021, Swin, as published code does).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from archlab.document.values import EMPTY, Params
from archlab.geometry.triple import Triple

Method = Literal["mixed", "keep_window_size", "keep_num_window", "fixed"]
METHODS: tuple[Method, ...] = ("mixed", "keep_window_size", "keep_num_window", "fixed")
DEFAULT_WINDOW: Triple = (1, 16, 16)
DEFAULT_PATCH: Triple = (1, 2, 2)


class Windows(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """Window and patch of a block, in pixels, as (D, H, W); without `stretch`, cells use them as they are."""

    window: Triple
    patch: Triple
    stretch: bool = True


class WindowPlan(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """The plan of a document: method, window and patch at full resolution, and the full H x W."""

    method: Method
    base: Windows
    full: tuple[int, int]
    compat: str | None = None  # the original whose slips are asked for
    written: Params = EMPTY  # the document's options that it was made of, as written, right or wrong

    def size(self, level: int) -> tuple[int, int]:
        """H x W at a level, each level half of the one above."""
        return (self.full[0] >> level, self.full[1] >> level)

    def keep_number(self, size: Sequence[int], divisor: int = 1) -> Windows:
        """As many windows as the full resolution has, divided by `divisor`, on a map of H x W `size`."""
        window, patch = [self.base.window[0]], [self.base.patch[0]]
        for axis in (0, 1):
            n0 = self.full[axis] // self.base.window[axis + 1]
            m0 = self.base.window[axis + 1] // self.base.patch[axis + 1]
            w = max(size[axis] // max(n0 // divisor, 2), 1)
            window.append(w)
            patch.append(max(w // max(m0, 2), 1))
        return Windows(_triple(window), _triple(patch))

    def keep_size(self, before: Windows, size: Sequence[int]) -> Windows:
        """The same windows, made smaller where fewer than two fit into H x W `size`, unless they are fixed."""
        return before if self.method == "fixed" else _smaller(before, *size)

    def level(self, level: int) -> Windows:
        """The windows of a level of a pyramid, such as U-Net's way down."""
        return _level(self, level)

    def way_up(self, level: int, levels: int) -> Windows:
        """The windows of a level of U-Net's way up, `levels` without the bridge.

        SNRAware's `keep_num_window` writes all levels into one list, so that each gets those of the deepest.
        """
        slips = self.compat == "snraware" and self.method == "keep_num_window"
        return self.keep_size(self.level(levels - 1 if slips else level), self.size(level))

    def stage(self, stage: int, sizes: Sequence[tuple[int, int]]) -> Windows:
        """The windows of a stage of a chain whose stages have H x W `sizes` (SOANet)."""
        if self.method == "fixed":
            return self.level(0)
        if self.method == "keep_num_window":
            return self.keep_number(sizes[stage])
        windows = self.base
        for size in sizes[: stage + 1]:
            windows = self.keep_size(windows, size)
        return windows


@lru_cache(maxsize=1024)  # a layout asks for every block, and for one edit after the other
def _level(plan: WindowPlan, level: int) -> Windows:
    if plan.method == "fixed":
        return replace(plan.base, stretch=False)
    size = plan.size(level)
    if plan.method == "keep_num_window":
        return plan.keep_number(size)
    if plan.method == "mixed" and level % 2 == 0:
        return plan.keep_number(size, 2 ** (level // 2))
    return plan.keep_size(plan.level(level - 1) if level else plan.base, size)


@lru_cache(maxsize=1024)
def _smaller(before: Windows, height: int, width: int) -> Windows:
    """Windows of which two fit into height and width, and into which two patches fit."""
    window, patch = [before.window[0]], [before.patch[0]]
    for size, w, p in zip((height, width), before.window[1:], before.patch[1:], strict=True):
        w = w if size // w >= 2 else max(size // 2, 1)
        window.append(w)
        patch.append(p if w // p >= 2 else max(w // 2, 1))
    return Windows(_triple(window), _triple(patch))


def _triple(values: Sequence[int]) -> Triple:
    d, h, w = values
    return (d, h, w)
