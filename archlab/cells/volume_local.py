"""L3: attention inside three-dimensional windows."""

from __future__ import annotations

from archlab.options import PatchOptions
from archlab.window_cell import WindowCell


class VolumeLocalAttention(WindowCell, PatchOptions, frozen=True, kw_only=True):
    """Attention inside 3-D windows: every patch looks at the patches of its window.

    Windows and patches have a depth, over frames, slices or time; convolutions are 3x3x3.
    """

    codes = {"L3": {}}
    family = "attention"
    icon = (
        "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5"
        "M6.25 5.5v8.5M2 9.75h8.5M3.5 7h1.25v1.25h-1.25z"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT local 3D attention"
    samples = (("8x4x8x6", {"window": (4, 4, 3), "patch": (2, 2, 1), "heads": 4}), *WindowCell.samples)
    volumetric = True
