"""The module of one block: its cells in sequence, or densely connected."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from archlab.graph.model import CellUse, GraphNode


def build_block(node: GraphNode, width: int) -> Block:
    """The module of a node's cells; `width` = the channels that are asked of each."""
    sides: dict[str, list[nn.Module]] = {"before": [], "": [], "after": []}
    for use, module in zip(node.cells, build_cells(node.cells, width), strict=True):
        sides[use.fixed].append(module)
    return Block(sides[""], before=sides["before"], after=sides["after"], dense=node.dense, recompute=node.checkpoint)


def build_cells(uses: Iterable[CellUse], width: int) -> list[nn.Module]:
    """The modules of settled cells whose maps are known; `width` = the channels that are asked of each."""
    return [use.cell.build(use.x, width) for use in uses]  # type: ignore[union-attr, arg-type]


class Block(nn.Sequential):
    """Cells `cell_0`, `cell_1`, ... in sequence, between the layout's fixed cells `before_0`, ... and `after_0`, ...

    With `dense`, cell i sees the sum of all earlier cells' outputs, `y_i = cell_i(y_0 + ... + y_{i-1})`,
    without the block's own input, and the last one leaves (SNRAware; dense connection in a block).
    With `recompute`, a training step keeps the block's input only and computes the rest again for backward.

    Shapes: `(B, C_in, [D,] H, W) -> (B, C_out, [D,] H', W')`.
    """

    def __init__(
        self,
        cells: Sequence[nn.Module],
        *,
        before: Sequence[nn.Module] = (),
        after: Sequence[nn.Module] = (),
        dense: bool = False,
        recompute: bool = False,
    ) -> None:
        named = {"before": before, "cell": cells, "after": after}
        super().__init__(
            OrderedDict((f"{name}_{i}", cell) for name, part in named.items() for i, cell in enumerate(part))
        )
        self.fixed = (len(before), len(after))
        self.dense = dense
        self.recompute = recompute

    def forward(self, x: Tensor) -> Tensor:
        """The cells in order; again in the backward pass where they are recomputed."""
        if self.recompute and self.training and torch.is_grad_enabled():
            out: Tensor = checkpoint(self._cells, x, use_reentrant=False)
            return out
        return self._cells(x)

    def _cells(self, x: Tensor) -> Tensor:
        every, (before, after) = list(self), self.fixed
        if not self.dense or len(every) == before + after:
            return _in_sequence(every, x)
        cells = every[before : len(every) - after]
        x = _in_sequence(every[:before], x)
        y = total = cells[0](x)
        for cell in cells[1:-1]:
            total = total + cell(total)
        if len(cells) > 1:
            y = cells[-1](total)
        return _in_sequence(every[len(every) - after :], y)

    def extra_repr(self) -> str:
        """What differs from a plain sequence."""
        return ", ".join(word for word in ("dense", "recompute") if getattr(self, word))


def _in_sequence(cells: Iterable[nn.Module], x: Tensor) -> Tensor:
    for cell in cells:
        x = cell(x)
    return x
