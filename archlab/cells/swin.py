"""S2, Sw: the Swin transformer's block, plain and shifted."""

from __future__ import annotations

from archlab.options import (
    ActivationField,
    Heads,
    MixerKernel,
    NormalizeQK,
    NormField,
    Projection,
    Score,
    ShiftOptions,
)
from archlab.spec.feature_map import FeatureMap
from archlab.window_cell import WindowCell


class SwinAttention(WindowCell, ShiftOptions, frozen=True, kw_only=True):
    """The Swin block: attention among the pixels of a window; Sw moves the windows.

    Each frame by itself, as published: layer norm over the channels, linear queries, keys and values, scaled dot
    product with a position bias, an MLP on every pixel. S2 and Sw take turns; Sw moves the windows by half their size
    and masks what only the cyclic shift made neighbours.
    """

    codes = {"S2": {"shift": False, "stride_qk": (1, 1, 1)}, "Sw": {"shift": True, "stride_qk": (1, 1, 1)}}
    family = "attention"
    icon = "M2 2h12v12h-12zM2 7.5h6.5v6.5M4.2 9.8h.01M6.2 9.8h.01M4.2 11.8h.01M6.2 11.8h.01"
    icons = {"Sw": "M2 2h12v12h-12zM4.75 4.75h6.5v6.5h-6.5zM7 7h.01M9 7h.01M7 9h.01M9 9h.01"}
    source = "Liu et al. 2021 (Swin, arXiv 2103.14030), sections 3.1 and 3.2"
    samples = (("8x2x8x6", {"window": (1, 4, 3), "heads": 4}), *WindowCell.samples)
    pointwise_output = True

    mixer_kernel: MixerKernel = 1
    norm: NormField = "channel"
    activation: ActivationField = "gelu_exact"
    heads: Heads = 4
    score: Score = "dot"
    normalize_qk: NormalizeQK = False
    projection: Projection = "linear"

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """The original names it and lacks it."""
        return "It has no such cell."
