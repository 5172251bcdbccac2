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
    icon = "M2 5h9v9h-9zM2 5l3-3h9v9l-3 3M11 5l3-3M4 7h2v2h-2zM7 10h2v2h-2z"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT local 3D attention"
    volumetric = True
