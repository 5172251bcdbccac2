"""V3: attention among whole three-dimensional windows."""

from __future__ import annotations

from archlab.window_cell import WindowCell


class VolumeWindowsAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among 3-D windows: every window, as one token, looks at all windows.

    Windows have a depth, over frames, slices or time; convolutions are 3x3x3.
    """

    codes = {"V3": {}}
    family = "attention"
    icon = "M2 5h9v9h-9zM2 5l3-3h9v9l-3 3M11 5l3-3M6.500 5v9M2 9.500h9M6.500 5l3-3M11 9.500l3-3"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT ViT 3D attention"
    volumetric = True
    among = "whole"
    unit = "window"
