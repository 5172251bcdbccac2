"""Option groups that several parts share: a part inherits its fields, their ranges, their help and their checks."""

from __future__ import annotations

from archlab.options.attention import MOST_HEADS, AttentionOptions
from archlab.options.links import too_small, wrong_direction
from archlab.options.residual import Activation, Norm, PlainMixer, ResidualOptions
from archlab.options.window import WindowOptions

__all__ = [
    "MOST_HEADS",
    "Activation",
    "AttentionOptions",
    "Norm",
    "PlainMixer",
    "ResidualOptions",
    "WindowOptions",
    "too_small",
    "wrong_direction",
]
