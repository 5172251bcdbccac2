"""G3: attention across three-dimensional windows."""

from __future__ import annotations

from archlab.options import ShuffleOptions
from archlab.spec.feature_map import FeatureMap
from archlab.window_cell import WindowCell


class VolumeGlobalAttention(WindowCell, ShuffleOptions, frozen=True, kw_only=True):
    """Attention across the volume: every patch looks at its place in all 3-D windows.

    Windows and patches have a depth, over frames, slices or time; convolutions are 3x3x3. Windows are not halved.
    """

    codes = {"G3": {}}
    family = "attention"
    icon = (
        "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5"
        "M4.2 7.7h.2v.2h-.2zM8.1 7.7h.2v.2h-.2zM4.2 11.6h.2v.2h-.2zM8.1 11.6h.2v.2h-.2z"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT global 3D attention"
    samples = (("8x4x8x6", {"window": (2, 4, 3), "patch": (1, 2, 1), "heads": 4}), *WindowCell.samples)
    volumetric = True
    among = "windows"

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """All of it."""
        return "It scrambles its output."
