"""HRViT's cell: cross-shaped stripe attention, a diversity-enhanced shortcut, and a mixed feed-forward part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from msgspec import Meta
from msgspec.structs import replace

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class StripeCell(al.Cell, frozen=True, kw_only=True):
    """Attention in horizontal and vertical stripes, then a feed-forward part with depth-wise convolutions."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Nh": {}}
    family = "nets"
    source = "Gu et al. 2022 (HRViT), section 3.2"

    stripe: Annotated[int, Meta(ge=1, le=64, description="Rows or columns of a stripe")] = 1
    dim_head: Annotated[int, Meta(ge=1, le=1024, description="Channels of a head, of half the channels")] = 32
    ratio: Annotated[int, Meta(ge=1, le=16, description="Width inside the feed-forward part / width")] = 4
    drop_path: Annotated[float, Meta(ge=0, lt=1, description="How often a branch is left out in training")] = 0.0
    drop_path_rule: Annotated[
        Literal["constant", "linear"], Meta(description="drop_path everywhere, or growing to it from 0 in the first")
    ] = "linear"

    def problems(self, x: al.FeatureMap, width: int) -> Iterator[al.Problem]:
        half = x.channels // 2
        if len(x.size) == 3:
            yield al.Problem(code="NETS2", message="stripes lie on maps without depth.", hint="Use an input [H, W].")
        elif x.channels != width or width % 2 or width % table_rows(width):
            hint = "Use an even power of two, or a multiple of one that is about its root."
            yield al.Problem(code="NETS3", message=f"{x.channels} channels to {width} cannot be split up.", hint=hint)
        elif half > self.dim_head and half % self.dim_head:
            hint = "Use a divisor of half the channels."
            message = f"{half} channels are no multiple of dim_head {self.dim_head}."
            yield al.Problem(code="NETS4", field="dim_head", message=message, hint=hint)

    def placed(self, index: int, count: int) -> Self:
        if self.drop_path_rule == "constant" or not self.drop_path:
            return self
        rate = self.drop_path * index / (count - 1) if count > 1 else 0.0
        return replace(self, drop_path=rate, drop_path_rule="constant")

    def costed(self) -> Self:
        drop_path = 0.5 if self.drop_path else 0.0  # whether it is 0 decides what a training step keeps, no more
        return replace(self, drop_path=drop_path, drop_path_rule="constant")

    def build(self, x: al.FeatureMap, width: int) -> nn.Module:
        from archlab_nets.stripes.module import Stripes

        return Stripes(width, self.stripe, min(self.dim_head, width // 2), width * self.ratio, self.drop_path)


def table_rows(channels: int) -> int:
    """Rows of the table that the shortcut makes of a pixel's channels: about their root, a power of two."""
    exponent: int = channels.bit_length() - 1
    return 1 << (exponent + 1) // 2
