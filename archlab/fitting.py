"""How a map is cut into windows and patches, and which values near an illegal one are legal. Pure integers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from archlab.spec.feature_map import FeatureMap


class AxisFit(NamedTuple):
    """One axis cut into `windows` windows of `window` pixels, each into `patches` patches of `patch` pixels."""

    size: int
    windows: int
    window: int
    patches: int
    patch: int

    @property
    def windows_fill(self) -> bool:
        """The windows cover the axis without a rest."""
        return self.windows * self.window == self.size

    @property
    def patches_fill(self) -> bool:
        """The patches cover a window without a rest."""
        return self.patches * self.patch == self.window

    @property
    def legal(self) -> bool:
        """Nothing is left over."""
        return self.windows_fill and self.patches_fill


def fit_axis(size: int, window: int, patch: int, *, halved: bool = False) -> AxisFit:
    """Cut an axis of `size` pixels as SNRAware does: the number of windows decides, the window follows.

    A window that does not divide the axis is stretched where a divisor is near (size 40, window 16: two windows
    of 20 pixels). `halved` is the global attention's rule: twice the windows, half the patches per window, the
    patch stays; where a window holds one patch only, the patch is halved with it.

    Source: SNRAware (STCNNT backbones), spatial local and global attention.
    """
    windows = max(size // window, 1)
    patches = max(window // patch, 1)
    if halved:
        windows, patches = 2 * windows, max(patches // 2, 1)
    window = max(size // windows, 1)
    windows = size // window
    patch = max(window // patches, 1)
    return AxisFit(size, windows, window, window // patch, patch)


class PlaneFit(NamedTuple):
    """Height and width, each cut for itself."""

    height: AxisFit
    width: AxisFit

    @property
    def windows(self) -> tuple[int, int]:
        """Number of windows along (H, W)."""
        return self.height.windows, self.width.windows

    @property
    def window(self) -> tuple[int, int]:
        """Pixels of a window along (H, W)."""
        return self.height.window, self.width.window

    @property
    def patches(self) -> tuple[int, int]:
        """Patches of a window along (H, W)."""
        return self.height.patches, self.width.patches

    @property
    def patch(self) -> tuple[int, int]:
        """Pixels of a patch along (H, W)."""
        return self.height.patch, self.width.patch

    @property
    def windows_fill(self) -> bool:
        """The windows cover the map without a rest."""
        return self.height.windows_fill and self.width.windows_fill

    @property
    def legal(self) -> bool:
        """Nothing is left over along either axis."""
        return self.height.legal and self.width.legal


def fit_plane(x: FeatureMap, window: tuple[int, ...], patch: tuple[int, ...], *, halved: bool = False) -> PlaneFit:
    """Cut the H x W of `x`; `window` and `patch` are (D, H, W) or (H, W), their D is not looked at."""
    return PlaneFit(
        fit_axis(x.height, window[-2], patch[-2], halved=halved),
        fit_axis(x.width, window[-1], patch[-1], halved=halved),
    )


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

    `candidates` are listed per axis, 0 = H and 1 = W, and `legal(axis, value)` judges one of them; an axis that is
    legal as asked keeps its value.
    """
    if candidates[0] == candidates[1] and asked[0] == asked[1]:
        return tuple(str(n) for n in around(asked[0], candidates[0], lambda n: legal(0, n) and legal(1, n)))
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


def divisors(number: int) -> tuple[int, ...]:
    """All divisors of `number`, ascending."""
    small = [n for n in range(1, int(number**0.5) + 1) if number % n == 0]
    return tuple(sorted({*small, *(number // n for n in small)}))


def times(sizes: Iterable[int]) -> str:
    """Sizes as people write them: `16x16`."""
    return "x".join(str(n) for n in sizes)


def either(values: Iterable[object]) -> str:
    """`6 or 10`."""
    return " or ".join(str(v) for v in values)


def coarser(x: FeatureMap, channels: int, steps: int, *, ceil: bool = False) -> FeatureMap:
    """The map after `steps` halvings of H and W, none for `steps` < 1; odd axes round down, or up with `ceil`."""
    height, width, steps = x.height, x.width, max(steps, 0)
    for _ in range(steps):
        height, width = (height + ceil) // 2, (width + ceil) // 2
    stride = (x.stride[0] * 2**steps, x.stride[1] * 2**steps)
    return FeatureMap(channels=channels, size=(*x.size[:-2], height, width), stride=stride)


def finer(x: FeatureMap, channels: int, steps: int) -> FeatureMap:
    """The map after `steps` doublings of H and W."""
    factor = 2**steps
    stride = (max(x.stride[0] // factor, 1), max(x.stride[1] // factor, 1))
    size = (*x.size[:-2], x.height * factor, x.width * factor)
    return FeatureMap(channels=channels, size=size, stride=stride)
