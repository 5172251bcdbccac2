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
    icon = "M2.5 1.5h11v11h-11zM8 1.5v11M2.5 7h11M4.5 3.5h1.5v1.5h-1.5z"
    icons = {"L1": icon + "M2 15.2h12"}
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial local attention"
    samples = (("8x2x8x12", {"window": (1, 4, 6), "patch": (1, 2, 3), "heads": 4}), *WindowCell.samples)
