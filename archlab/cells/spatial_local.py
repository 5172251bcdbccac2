"""L1, L0: attention inside windows."""

from __future__ import annotations

from archlab.options import PatchOptions
from archlab.window_cell import WindowCell


class LocalAttention(WindowCell, PatchOptions, frozen=True, kw_only=True):
    """Attention inside windows: every patch looks at the patches of its window.

    Each frame by itself. L1 has a mixer, L0 has none.
    """

    codes = {"L1": {}, "L0": {"mixer": "none"}}
    built_as = {"snraware": {"L0": "L1"}}
    family = "attention"
    icon = "M2 2h12v12h-12zM8 2v12M2 8h12M4 4h2v2h-2zM10 10h2v2h-2z"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial local attention"
