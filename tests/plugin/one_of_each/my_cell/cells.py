"""D2, D5: a depthwise convolution and one over single pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class SeparableConvolution(al.Cell, frozen=True, kw_only=True):
    """Depthwise and pointwise convolution: neighbours first, channels second."""

    codes = {"D2": {}, "D5": {"kernel": 5}}  # whole two-character words; a word may fix fields
    family = "convolution"  # group in the palette
    icon = "M2 2h5v5h-5zM9 9h5v5h-5z"  # 16x16 SVG path
    source = "Howard et al. 2017 (MobileNets), section 3.1"

    kernel: Annotated[int, Meta(ge=3, le=7, description="Side of the depthwise kernel, odd.")] = 3

    def problems(self, x: al.FeatureMap, width: int):
        """A kernel without a middle."""
        if self.kernel % 2 == 0:
            yield al.Problem(
                code="MY001",
                field="kernel",
                message=f"A kernel of {self.kernel} has no middle.",
                hint=f"Use {self.kernel - 1} or {self.kernel + 1}.",
            )

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        """The module; torch is imported only here: checking and drawing need none."""
        from my_cell.module import Separable

        return Separable(x.channels, width, self.kernel)
