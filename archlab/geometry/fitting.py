"""How a map is cut into windows and patches, an axis at a time. Pure integers.

A document has few sizes, and each of its cells asks several times how it cuts them: answers are kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from archlab.geometry.triple import Triple


class AxisFit(NamedTuple):
    """One axis cut into `windows` windows of `window` pixels, each into `patches` patches of `patch` pixels."""

    size: int
    windows: int
    window: int
    patches: int
    patch: int
    padding: int = 0  # pixels added at the end

    @property
    def windows_fill(self) -> bool:
        """The windows cover the axis without a rest."""
        return self.windows * self.window == self.size + self.padding

    @property
    def patches_fill(self) -> bool:
        """The patches cover a window without a rest."""
        return self.patches * self.patch == self.window

    @property
    def legal(self) -> bool:
        """Windows fill the axis and patches fill a window."""
        return self.windows_fill and self.patches_fill


def fit_axis(
    size: int, window: int, patch: int, *, halved: bool = False, pad: bool = False, stretch: bool = True
) -> AxisFit:
    """Cut an axis of `size` pixels as SNRAware does: the number of windows decides, the window follows.

    A window that does not divide the axis is stretched where a divisor is near (size 40, window 16: two windows
    of 20 pixels). `halved` is the global attention's rule: twice the windows, half the patches per window, the
    patch stays; where a window holds one patch only, the patch is halved with it. With `pad`, what cannot be cut
    keeps its patch, the window becomes a multiple of it, and the axis is filled up to a multiple of the window.
    Without `stretch`, window and patch are used as they are, and an axis shorter than the window is one window.

    Source: SNRAware (STCNNT backbones), spatial local and global attention; Liu et al. 2021 (Swin) for windows that
    are not stretched.
    """
    if not stretch:
        window = min(window, size)
        fit = _as_asked(size, window, patch, halved)
        return _padded(size, window, patch, halved) if pad and not fit.legal else fit
    windows = max(size // window, 1)
    patches = max(window // patch, 1)
    if halved:
        windows, patches = 2 * windows, max(patches // 2, 1)
    fitted = max(size // windows, 1)
    windows = size // fitted
    pixels = max(fitted // patches, 1)
    fit = AxisFit(size, windows, fitted, fitted // pixels, pixels)
    return _padded(size, window, patch, halved) if pad and not fit.legal else fit


def _as_asked(size: int, window: int, patch: int, halved: bool) -> AxisFit:
    if halved:
        window = max(window // 2, 1)
    patch = min(patch, window)
    return AxisFit(size, size // window, window, window // patch, patch)


def _padded(size: int, window: int, patch: int, halved: bool) -> AxisFit:
    patches = -(-window // patch)
    if halved:
        patches = max(patches // 2, 1)
    fitted = patches * patch
    windows = -(-size // fitted)
    return AxisFit(size, windows, fitted, patches, patch, windows * fitted - size)


class Fit(NamedTuple):
    """Depth, height and width, each cut for itself."""

    depth: AxisFit
    height: AxisFit
    width: AxisFit

    @property
    def windows(self) -> Triple:
        """Number of windows along (D, H, W)."""
        return self.depth.windows, self.height.windows, self.width.windows

    @property
    def window(self) -> Triple:
        """Pixels of a window along (D, H, W)."""
        return self.depth.window, self.height.window, self.width.window

    @property
    def patches(self) -> Triple:
        """Patches of a window along (D, H, W)."""
        return self.depth.patches, self.height.patches, self.width.patches

    @property
    def patch(self) -> Triple:
        """Pixels of a patch along (D, H, W)."""
        return self.depth.patch, self.height.patch, self.width.patch

    @property
    def padding(self) -> Triple:
        """Pixels added at the end of (D, H, W)."""
        return self.depth.padding, self.height.padding, self.width.padding

    @property
    def windows_fill(self) -> bool:
        """The windows cover the map without a rest."""
        return all(axis.windows_fill for axis in self)

    @property
    def legal(self) -> bool:
        """Nothing is left over along any axis."""
        return all(axis.legal for axis in self)


WHOLE = AxisFit(1, 1, 1, 1, 1)  # D of a two-dimensional cell


@lru_cache(maxsize=4096)
def fit_volume(
    size: Triple, window: Triple, patch: Triple, *, halved: bool = False, pad: bool = False, stretch: bool = True
) -> Fit:
    """Cut a map of (D, H, W) `size` along all three axes."""
    axes = zip(size, window, patch, strict=True)
    depth, height, width = (fit_axis(*axis, halved=halved, pad=pad, stretch=stretch) for axis in axes)
    return Fit(depth, height, width)


@lru_cache(maxsize=4096)
def fit_plane(
    size: Triple, window: Triple, patch: Triple, *, halved: bool = False, pad: bool = False, stretch: bool = True
) -> Fit:
    """Cut a map of (D, H, W) `size` frame by frame; the D of map, window and patch is not looked at."""
    return Fit(
        WHOLE,
        fit_axis(size[1], window[1], patch[1], halved=halved, pad=pad, stretch=stretch),
        fit_axis(size[2], window[2], patch[2], halved=halved, pad=pad, stretch=stretch),
    )
