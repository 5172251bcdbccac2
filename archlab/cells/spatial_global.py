"""G1, G0: attention across windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab import trace
from archlab.options import WindowOptions
from archlab.spec.cost import Cost
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class GlobalAttention(WindowOptions, frozen=True, kw_only=True):
    """Attention across the map: every patch looks at its place in all windows.

    Each frame by itself, with windows of half the size (the patch stays), so that there are more of them to look at.
    G1 has a mixer, G0 has none.
    """

    codes = {"G1": {}, "G0": {"mixer": "none"}}
    built_as = {"snraware": {"G0": "G1"}}  # it reads no digit
    family = "attention"
    icon = "M2 2h12v12h-12zM8 2v12M2 8h12M3 3h2v2h-2zM9 3h2v2h-2zM3 9h2v2h-2zM9 9h2v2h-2z"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial global attention"
    halves_windows = True

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """Closed form."""
        tape, grid = Tape(x), trace.Grid(self.fit(x), among_patches=False)
        return tape.cost(
            trace.residual_cell(
                tape, width, self, lambda frames, _: trace.window_attention(tape, frames, width, self, grid), grid
            )
        )

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around the attention."""
        from archlab.nn.residual import residual_cell
        from archlab.nn.window import Grid, WindowAttention

        fit = self.fit(x)
        grid = Grid("windows", fit.windows, fit.patches, fit.patch)
        attention = WindowAttention(x.channels, width, grid, **self.attention_arguments())
        return residual_cell(x.channels, width, ("attn", attention), grid=grid, **self.residual_arguments(x))
