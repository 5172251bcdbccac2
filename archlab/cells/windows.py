"""V2: attention among whole windows."""

from __future__ import annotations

from archlab.window_cell import WindowCell


class WindowsAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among windows: every window, as one token, looks at all windows.

    Each frame by itself, as a ViT looks at its patches; here a token comes from 3x3 convolutions.
    """

    codes = {"V2": {}}
    family = "attention"
    icon = "M2 2h5v5h-5zM9 2h5v5h-5zM2 9h5v5h-5zM9 9h5v5h-5zM7 4.500h2M4.500 7v2M11.500 7v2M7 11.500h2"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial ViT attention; Dosovitskiy et al. 2021 (ViT)"
    among = "whole"
    unit = "window"
