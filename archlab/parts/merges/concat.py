"""concat: maps are put behind one another, as in the decoder of a U-Net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archlab.costing import strides
from archlab.costing.cost import Cost
from archlab.document.feature_map import FeatureMap
from archlab.parts.merge import Memory, Merge

if TYPE_CHECKING:
    from torch import Tensor


class Concat(Merge, frozen=True, kw_only=True):
    """Puts its inputs behind one another, channel by channel."""

    type = "concat"
    noun = "concatenation"
    mark = "[ , ]"
    strokes = (((-2, -4), (-2, 4)), ((2, -4), (2, 4)))
    icon = "M6 4v8M10 4v8"
    node_word = "concatenation"
    equal_channels = False
    share = "channels"

    def out(self, maps: Sequence[FeatureMap]) -> FeatureMap:
        """As many channels as all maps have together."""
        return maps[0].with_channels(sum(x.channels for x in maps))

    def cost(self, maps: Sequence[FeatureMap], memory: Sequence[Memory], batch: int, grad: bool) -> Cost:
        """A copy, with the channels innermost where all maps have them so; it computes nothing and keeps nothing."""
        if None in memory:
            return Cost(batch=batch)
        lie = [(x.shape(batch), own) for x, own in zip(maps, memory, strict=True) if own is not None]
        shape = self.out(maps).shape(batch)
        laid = strides.like(lie, shape)
        return Cost(batch=batch, strides=None if strides.is_contiguous(shape, laid) else laid)

    @staticmethod
    def combine(parts: Sequence[Tensor]) -> Tensor:
        """The tensors behind one another, channel by channel."""
        import torch

        return torch.cat(list(parts), dim=1)
