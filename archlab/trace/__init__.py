"""Closed forms of the modules of `archlab.nn`: the same operations in the same order, on shapes only.

Each function plays on a tape what the module of its name computes.

Keep the two in step: the contract tests hold every part's closed form against a run of its module, to the unit.
Shapes are those of `archlab.nn`; `frames` are `(N, C, H, W)`, N = B * depth.
"""

from __future__ import annotations

from archlab.trace.attention import temporal_attention, window_attention
from archlab.trace.cells import conv_norm_activation, mixer, residual_cell
from archlab.trace.ends import classify_head, dense_head, strided_stem
from archlab.trace.frames import conv3x3, from_frames, norm, to_frames, volume
from archlab.trace.links import (
    additive_gate,
    interp_conv,
    patch_merge,
    pointwise,
    resize_map,
    strided_conv,
    zero_pad,
)

__all__ = [
    "additive_gate",
    "classify_head",
    "conv3x3",
    "conv_norm_activation",
    "dense_head",
    "from_frames",
    "interp_conv",
    "mixer",
    "norm",
    "patch_merge",
    "pointwise",
    "residual_cell",
    "resize_map",
    "strided_conv",
    "strided_stem",
    "temporal_attention",
    "to_frames",
    "volume",
    "window_attention",
    "zero_pad",
]
