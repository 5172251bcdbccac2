"""The module of the link `nets_depthwise_down`."""

from __future__ import annotations

from torch import nn


def depthwise_down(c_in: int, c_out: int, reduction: int) -> nn.Module:
    """`(B, c_in, H, W)` to `(B, c_out, H / reduction, W / reduction)`."""
    kernel, padding = reduction + 1, reduction // 2
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, kernel, stride=reduction, padding=padding, groups=c_in, bias=False),
        nn.BatchNorm2d(c_in),
        nn.Conv2d(c_in, c_out, 1),
        nn.BatchNorm2d(c_out),
    )
