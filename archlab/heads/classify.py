"""classify: one score per class for the whole input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, norm, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.feature_map import FeatureMap
from archlab.parts.fields import NormEps, PixelNorm
from archlab.parts.head import Head

if TYPE_CHECKING:
    from torch import nn


class Classify(Head, frozen=True, kw_only=True):
    """Mean over all pixels and a linear layer: one score per class.

    With norm "channel" every pixel is normalised before the mean, as in Swin; without, `norm_eps` has no effect.
    """

    type = "classify"
    icon = "M2 2h5v12h-5zM7 8h4M11 3h3v3h-3zM11 10h3v3h-3z"
    source = "Lin et al. 2014 (Network in Network), section 3.2; SNRAware (STCNNT), PoolLinear"
    samples = (*Head.samples, ("8x3x8x12", {"norm": "channel"}))

    classes: Annotated[int, Meta(ge=1, le=65536, description="Classes to tell apart.")] = 10
    norm: PixelNorm = "none"
    norm_eps: NormEps = 1e-5

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """One vector of scores per sample."""
        return FeatureMap(channels=self.classes, size=(), stride=x.stride)

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, self.classes, self.norm))

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """Norm, mean and linear layer."""
        from archlab.heads.classify_module import ClassifyHead

        return ClassifyHead(x.channels, self.classes, norm=self.norm, norm_eps=self.norm_eps)


def _play(tape: Tape, classes: int, norm_name: str) -> Value:
    """Closed form of `classify_module.ClassifyHead`: same operations, shapes only."""
    x = tape.x
    b, c = x.shape[:2]
    if norm_name != "none":
        frames, depth = to_frames(tape, x)
        x = from_frames(tape, norm(tape, frames, depth, norm_name), x)
    return tape.linear(tape.mean(tape.reshape(x, b, c, -1), (-1,)), classes)
