"""L1, L0: attention inside windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab import trace
from archlab.options import WindowOptions
from archlab.spec.cost import Cost
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class LocalAttention(WindowOptions, frozen=True, kw_only=True):
    """Attention inside windows: every patch looks at the patches of its window.

    Each frame by itself. L1 has a mixer, L0 has none.
    """

    codes = {"L1": {}, "L0": {"mixer": "none"}}
    built_as = {"snraware": {"L0": "L1"}}  # it reads no digit
    family = "attention"
    icon = "M2 2h12v12h-12zM8 2v12M2 8h12M4 4h2v2h-2zM10 10h2v2h-2z"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT spatial local attention"

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """Closed form."""
        tape, grid = Tape(x), trace.Grid(self.fit(x), among_patches=True)
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
        grid = Grid("patches", fit.windows, fit.patches, fit.patch)
        attention = WindowAttention(x.channels, width, grid, **self.attention_arguments())
        return residual_cell(x.channels, width, ("attn", attention), grid=grid, **self.residual_arguments(x))
