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
    icon = "M2 2h12v12h-12zM8 2v12M2 8h12M3 3h2v2h-2zM9 3h2v2h-2zM3 9h2v2h-2zM9 9h2v2h-2z"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial global attention"
    among = "windows"
    halves_windows = True
