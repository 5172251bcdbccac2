"""V2: attention among whole windows."""

from __future__ import annotations

from archlab.window_cell import WindowCell


class WindowsAttention(WindowCell, frozen=True, kw_only=True):
    """Attention among windows: every window, as one token, looks at all windows.

    Each frame by itself, as a ViT looks at its patches; here a token comes from 3x3 convolutions.
    """

    codes = {"V2": {}}
    family = "attention"
    icon = (
        "M2 2h4.5v4.5h-4.5zM9.5 2h4.5v4.5h-4.5zM2 9.5h4.5v4.5h-4.5zM9.5 9.5h4.5v4.5h-4.5z"
        "M6.5 4.25h3M6.5 11.75h3M4.25 6.5v3M11.75 6.5v3"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial ViT attention; Dosovitskiy et al. 2021 (ViT)"
    samples = (("8x2x8x12", {"window": (1, 4, 4), "heads": 4}), *WindowCell.samples)
    among = "whole"
    unit = "window"
