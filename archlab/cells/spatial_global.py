"""G1, G0: attention across windows."""

from __future__ import annotations

from archlab.options import ShuffleOptions
from archlab.window_cell import WindowCell


class GlobalAttention(WindowCell, ShuffleOptions, frozen=True, kw_only=True):
    """Attention across the map: every patch looks at its place in all windows.

    Each frame by itself, with windows of half the size (the patch stays), so that there are more of them to look at.
    G1 has a mixer, G0 has none.
    """

    codes = {"G1": {}, "G0": {"mixer": "none"}}
    built_as = {"snraware": {"G0": "G1"}}
    family = "attention"
    icon = "M2.5 1.5h11v11h-11zM5 4h.5v.5h-.5zM10.5 4h.5v.5h-.5zM5 9.5h.5v.5h-.5zM10.5 9.5h.5v.5h-.5z"
    icons = {"G1": icon + "M2 15.2h12"}
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial global attention"
    samples = (("8x2x8x12", {"window": (1, 8, 12), "patch": (1, 2, 3), "heads": 4}), *WindowCell.samples)
    among = "windows"
    halves_windows = True
