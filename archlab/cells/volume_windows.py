"""V3: attention among whole three-dimensional windows."""

from __future__ import annotations

from archlab.window_cell import WindowCell


class VolumeWindowsAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among 3-D windows: every window, as one token, looks at all windows.

    Windows have a depth, over frames, slices or time; convolutions are 3x3x3.
    """

    codes = {"V3": {}}
    family = "attention"
    icon = (
        "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5"
        "M6.25 5.5v8.5M2 9.75h8.5M6.25 5.5l3.5-3.5M10.5 9.75l3.5-3.5"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT ViT 3D attention"
    samples = (("8x2x4x12", {"window": (1, 2, 4), "heads": 4}), *WindowCell.samples)
    volumetric = True
    among = "whole"
    unit = "window"
