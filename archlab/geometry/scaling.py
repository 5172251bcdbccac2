"""The map after halvings or doublings of its axes."""

from __future__ import annotations

from archlab.document.feature_map import FeatureMap


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
