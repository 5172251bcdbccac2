"""The convolutions of ResNet's cells, as module and closed form both read them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple


class Step(NamedTuple):
    """One convolution of a cell: the channels that leave it, its kernel, its stride along H and W."""

    channels: int
    kernel: int
    stride: int = 1

    @staticmethod
    def around(steps: Sequence[Step], channels: int) -> Step | None:
        """The 1x1 convolution of the shortcut around `steps`, which read `channels`; None where the shape stays."""
        stride = prod(step.stride for step in steps)
        same = stride == 1 and channels == steps[-1].channels
        return None if same else Step(steps[-1].channels, 1, stride)
