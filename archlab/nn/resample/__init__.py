"""What carries a map from node to node: other sizes, other channels. Torch only, plain arguments."""

from __future__ import annotations

from archlab.nn.resample.chains import InterpConv, PatchMerge, StridedConv
from archlab.nn.resample.resize import Mode, Resize, ResizeMap
from archlab.nn.resample.shortcut import Pointwise, ZeroPad

__all__ = ["InterpConv", "Mode", "PatchMerge", "Pointwise", "Resize", "ResizeMap", "StridedConv", "ZeroPad"]
