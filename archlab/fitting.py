"""How a map is cut into windows and patches, and which values near an illegal one are legal. Pure integers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from archlab.spec.feature_map import FeatureMap
from archlab.text.sizes import times

Triple = tuple[int, int, int]


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
        """Nothing is left over."""
        return self.windows_fill and self.patches_fill


def fit_axis(size: int, window: int, patch: int, *, halved: bool = False, pad: bool = False) -> AxisFit:
    """Cut an axis of `size` pixels as SNRAware does: the number of windows decides, the window follows.

    A window that does not divide the axis is stretched where a divisor is near (size 40, window 16: two windows
    of 20 pixels). `halved` is the global attention's rule: twice the windows, half the patches per window, the
    patch stays; where a window holds one patch only, the patch is halved with it. With `pad`, what cannot be cut
    keeps its patch, the window becomes a multiple of it, and the axis is filled up to a multiple of the window.

    Source: SNRAware (STCNNT backbones), spatial local and global attention.
    """
    windows = max(size // window, 1)
    patches = max(window // patch, 1)
    if halved:
        windows, patches = 2 * windows, max(patches // 2, 1)
    fitted = max(size // windows, 1)
    windows = size // fitted
    pixels = max(fitted // patches, 1)
    fit = AxisFit(size, windows, fitted, fitted // pixels, pixels)
    return _padded(size, window, patch, halved) if pad and not fit.legal else fit


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


def fit_volume(x: FeatureMap, window: Triple, patch: Triple, *, halved: bool = False, pad: bool = False) -> Fit:
    """Cut the D x H x W of `x`."""
    axes = zip(x.dhw, window, patch, strict=True)
    depth, height, width = (fit_axis(*axis, halved=halved, pad=pad) for axis in axes)
    return Fit(depth, height, width)


def fit_plane(x: FeatureMap, window: Triple, patch: Triple, *, halved: bool = False, pad: bool = False) -> Fit:
    """Cut the H x W of `x`, every frame by itself; the D of window and patch is not looked at."""
    return Fit(
        WHOLE,
        fit_axis(x.height, window[1], patch[1], halved=halved, pad=pad),
        fit_axis(x.width, window[2], patch[2], halved=halved, pad=pad),
    )


def as_triple(sizes: tuple[int, ...]) -> Triple:
    """(D, H, W) of a triple or of a pair (H, W), whose D is 1."""
    d, h, w = (1, *sizes) if len(sizes) == 2 else sizes
    return d, h, w


def around(value: int, candidates: Iterable[int], legal: Callable[[int], bool]) -> tuple[int, ...]:
    """The nearest legal candidate below `value` and the nearest above it, where there are such."""
    ordered = sorted(set(candidates))
    below = next((n for n in reversed(ordered) if n < value and legal(n)), None)
    above = next((n for n in ordered if n > value and legal(n)), None)
    return tuple(n for n in (below, above) if n is not None)


def nearest(
    candidates: Sequence[Sequence[int]], asked: tuple[int, ...], legal: Callable[[int, int], bool]
) -> tuple[str, ...]:
    """The legal windows or patches next to the asked one, as text: `6`, or `6x10` where the axes differ.

    `candidates` are listed per axis, and `legal(axis, value)` judges one of them; an axis that is legal as asked keeps
    its value.
    """
    count = len(asked)
    if all(c == candidates[0] for c in candidates) and len(set(asked)) == 1:
        every = around(asked[0], candidates[0], lambda n: all(legal(axis, n) for axis in range(count)))
        return tuple(str(n) for n in every)
    axes = [
        (value,) if legal(axis, value) else around(value, candidates[axis], partial(legal, axis))
        for axis, value in enumerate(asked)
    ]
    if not all(axes):
        return ()
    pairs = (tuple(values[0] for values in axes), tuple(values[-1] for values in axes))
    return tuple(dict.fromkeys(times(pair) for pair in pairs))


def nearest_sizes(
    sizes: tuple[int, ...], window: tuple[int, ...], patch: tuple[int, ...], *, halved: bool = False
) -> tuple[int, ...]:
    """The map nearest in size that can be cut into this window and patch; empty when none is near."""
    found = []
    for size, w, p in zip(sizes, window, patch, strict=True):
        fits = partial(_divides, window=w, patch=p, halved=halved)
        if fit_axis(size, w, p, halved=halved).legal:
            found.append(size)
            continue
        near = around(size, range(w, size + 3 * w, w)[-6:], fits)  # the multiples of the window around it
        if not near:
            return ()
        found.append(min(near, key=partial(_distance, size)))
    return tuple(found)


def _distance(size: int, other: int) -> tuple[int, int]:
    return abs(other - size), -other  # of two equally near, the larger


def _divides(size: int, window: int, patch: int, halved: bool) -> bool:
    return fit_axis(size, window, patch, halved=halved).legal


def larger_input(x: FeatureMap, pixels: int) -> str:
    """`an input of at least 32x32`: what gives the map `x` at least `pixels` along H and W."""
    return f"an input of at least {pixels * x.stride[0]}x{pixels * x.stride[1]}"


def larger_depth(x: FeatureMap) -> str:
    """`an input of 2x64x64 or deeper`: what gives a map of one frame a second one."""
    return f"an input of {2 * x.stride_depth}x{x.height * x.stride[0]}x{x.width * x.stride[1]} or deeper"


def divisors(number: int) -> tuple[int, ...]:
    """All divisors of `number`, ascending."""
    small = [n for n in range(1, int(number**0.5) + 1) if number % n == 0]
    return tuple(sorted({*small, *(number // n for n in small)}))


def coarser(x: FeatureMap, channels: int, steps: int, *, ceil: bool = False, dims: int = 2) -> FeatureMap:
    """The map after `steps` halvings of H and W, none for `steps` < 1; odd axes round down, or up with `ceil`.

    With `dims` 3 a map that has a D is halved along D as well.
    """
    size, steps = list(x.size), max(steps, 0)
    deep = 2**steps if dims == 3 else 1
    for axis in range(max(len(size) - dims, 0), len(size)):
        for _ in range(steps):
            size[axis] = (size[axis] + ceil) // 2
    stride = (x.stride[0] * 2**steps, x.stride[1] * 2**steps)
    return FeatureMap(channels=channels, size=tuple(size), stride=stride, stride_depth=x.stride_depth * deep)


def finer(x: FeatureMap, channels: int, steps: int, *, dims: int = 2) -> FeatureMap:
    """The map after `steps` doublings of H and W; with `dims` 3 of D as well, where there is one."""
    factor = 2**steps
    stride = (max(x.stride[0] // factor, 1), max(x.stride[1] // factor, 1))
    first = max(len(x.size) - dims, 0)
    size = (*x.size[:first], *(n * factor for n in x.size[first:]))
    deep = max(x.stride_depth // factor, 1) if dims == 3 else x.stride_depth
    return FeatureMap(channels=channels, size=size, stride=stride, stride_depth=deep)
