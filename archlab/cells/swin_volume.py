"""S3, Sh: attention among the pixels of three-dimensional windows, plain and shifted."""

from __future__ import annotations

from archlab.options import ShiftOptions
from archlab.spec.feature_map import FeatureMap
from archlab.window_cell import WindowCell


class SwinVolumeAttention(WindowCell, ShiftOptions, frozen=True, kw_only=True):
    """Attention among the pixels of a 3-D window; Sh moves the windows by half.

    S3 and Sh take turns, as in a Swin transformer: what Sh brings together across borders is masked where only the
    cyclic shift made it neighbours. Convolutions are 3x3x3.
    """

    codes = {"S3": {"shift": False, "stride_qk": (1, 1, 1)}, "Sh": {"shift": True, "stride_qk": (1, 1, 1)}}
    family = "attention"
    icon = "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5M2 9h5v5M4.5 11.5h.01"
    icons = {
        "Sh": "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5M4 7.5h4.5v4.5h-4.5zM6.25 9.75h.01"
    }
    source = (
        "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT Swin 3D attention; Liu et al. 2021 (Swin), section 3.2"
    )
    samples = (("8x4x8x6", {"window": (2, 4, 3), "heads": 4}), *WindowCell.samples)
    volumetric = True

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """All of it."""
        return "It ignores its value projection."
