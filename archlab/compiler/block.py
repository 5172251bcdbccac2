"""The module of one block: its cells in sequence, or densely connected."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from archlab.graph.model import CellUse


def build_cells(uses: Iterable[CellUse], width: int) -> list[nn.Module]:
    """The modules of settled cells whose maps are known; `width` = the channels that are asked of each."""
    return [use.cell.build(use.x, width) for use in uses]  # type: ignore[union-attr, arg-type]


class Block(nn.Sequential):
    """Cells `cell_0`, `cell_1`, ... in sequence.

    With `dense`, cell i sees the sum of all earlier cells' outputs, `y_i = cell_i(y_0 + ... + y_{i-1})`,
    without the block's own input, and the block returns the last one (SNRAware; dense connection in a block).
    With `recompute`, a training step keeps the block's input only and computes the rest again for backward.

    Shapes: `(B, C_in, [D,] H, W) -> (B, C_out, [D,] H', W')`.
    """

    def __init__(self, cells: Sequence[nn.Module], *, dense: bool = False, recompute: bool = False) -> None:
        super().__init__(OrderedDict((f"cell_{i}", cell) for i, cell in enumerate(cells)))
        self.dense = dense
        self.recompute = recompute

    def forward(self, x: Tensor) -> Tensor:
        """Run the cells."""
        if self.recompute and self.training and torch.is_grad_enabled():
            out: Tensor = checkpoint(self._cells, x, use_reentrant=False)
            return out
        return self._cells(x)

    def _cells(self, x: Tensor) -> Tensor:
        if not self.dense:
            for cell in self:
                x = cell(x)
            return x
        cells = list(self)
        y = total = cells[0](x)
        for cell in cells[1:-1]:
            total = total + cell(total)
        return y if len(cells) == 1 else cells[-1](total)

    def extra_repr(self) -> str:
        """What differs from a plain sequence."""
        return ", ".join(word for word in ("dense", "recompute") if getattr(self, word))
