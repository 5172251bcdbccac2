"""Option groups that several parts share: a part inherits its fields, their ranges, their help and their checks."""

from __future__ import annotations

from archlab.options.attention import MOST_HEADS, AttentionOptions, Heads, NormalizeQK, Score
from archlab.options.links import LevelLink, ResizingLink, too_small, wrong_direction
from archlab.options.residual import (
    Activation,
    ActivationField,
    MixerKernel,
    Norm,
    NormField,
    PlainMixer,
    ResidualOptions,
)
from archlab.options.tokens import PatchOptions, ShiftOptions, ShuffleOptions
from archlab.options.window import Projection, WindowOptions

__all__ = [
    "Activation",
    "ActivationField",
    "AttentionOptions",
    "Heads",
    "LevelLink",
    "MOST_HEADS",
    "MixerKernel",
    "Norm",
    "NormField",
    "NormalizeQK",
    "PatchOptions",
    "PlainMixer",
    "Projection",
    "ResidualOptions",
    "ResizingLink",
    "Score",
    "ShiftOptions",
    "ShuffleOptions",
    "WindowOptions",
    "too_small",
    "wrong_direction",
]
