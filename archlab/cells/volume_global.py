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
    icon = "M2 5h9v9h-9zM2 5l3-3h9v9l-3 3M11 5l3-3M6.500 5v9M2 9.500h9M3 6h2v2h-2zM7.500 6h2v2h-2zM3 10.500h2v2h-2z"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT global 3D attention"
    volumetric = True
    among = "windows"

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """All of it."""
        return "It scrambles its output."
