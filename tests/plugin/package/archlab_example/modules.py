"""The modules behind the parts."""

from __future__ import annotations

from torch import nn


def separable(c_in: int, c_out: int, kernel: int, volume: bool) -> nn.Module:
    """Depth-wise, activation, point-wise."""
    conv = nn.Conv3d if volume else nn.Conv2d
    size = (1, kernel, kernel) if volume else (kernel, kernel)
    padding = (0, kernel // 2, kernel // 2) if volume else (kernel // 2, kernel // 2)
    return nn.Sequential(conv(c_in, c_in, size, padding=padding, groups=c_in), nn.Hardswish(), conv(c_in, c_out, 1))


def squeeze(c_in: int, c_out: int, steps: int) -> nn.Module:
    """A chain of 2x2 convolutions of stride 2."""
    return nn.Sequential(*(nn.Conv2d(c_in if i == 0 else c_out, c_out, 2, stride=2) for i in range(steps)))
