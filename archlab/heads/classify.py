"""classify: one score per class for the whole input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, norm, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.fields import NormEps, PixelNorm
from archlab.parts.head import Head

if TYPE_CHECKING:
    from torch import nn


class Classify(Head, frozen=True, kw_only=True):
    """Mean over all pixels, or class token, then a linear layer: scores per class.

    With norm "channel" every pixel and token is normalised first, as in Swin and in a Vision Transformer; without,
    `norm_eps` has no effect. Of a map that carries extra tokens, the mean leaves them out.
    """

    type = "classify"
    icon = "M2 2h5v12h-5zM7 8h4M11 3h3v3h-3zM11 10h3v3h-3z"
    source = "Lin et al. 2014 (Network in Network), section 3.2; SNRAware (STCNNT), PoolLinear"
    reads = "both"
    samples = (
        *Head.samples,
        ("8x2x4x6", {"norm": "channel"}),
        ("8x4x6 + 2 tokens", {"norm": "channel"}),
        ("8x4x5 + 1 token", {"pool": "token"}),
    )

    classes: Annotated[int, Meta(ge=1, le=65536, description="Classes to tell apart.")] = 10
    pool: Annotated[
        Literal["mean", "token"], Meta(description="What is judged: the mean over all pixels, or the class token.")
    ] = "mean"
    norm: PixelNorm = "none"
    norm_eps: NormEps = 1e-5

    def problems(self, x: FeatureMap, image: FeatureMap) -> Iterator[Problem]:
        """No class token where one is to be judged."""
        if self.pool == "token" and not x.tokens:
            yield Problem(
                code="AL412",
                field="pool",
                message=f'pool "token" judges the class token, and the map {x} carries none.',
                hint='Use pool "mean", or the stem "patch_embed" with tokens 1.',
            )

    def out(self, x: FeatureMap, image: FeatureMap) -> FeatureMap:
        """One vector of scores per sample."""
        return FeatureMap(channels=self.classes, size=(), stride=x.stride)

    def cost(self, x: FeatureMap, image: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, self, x.pixels))

    def build(self, x: FeatureMap, image: FeatureMap) -> nn.Module:
        """Norm, mean or token, and linear layer."""
        from archlab.heads.classify_module import ClassifyHead

        return ClassifyHead(
            x.channels,
            self.classes,
            pool=self.pool,
            norm=self.norm,
            norm_eps=self.norm_eps,
            tokens=x.tokens,
        )


def _play(tape: Tape, head: Classify, pixels: int) -> Value:
    """Closed form of `classify_module.ClassifyHead`: same operations, shapes only."""
    x = tape.x
    if len(x.shape) == 3:
        x = x if head.norm == "none" else tape.layer_norm(x, 1)
        if head.pool == "token":
            return tape.linear(tape.unbind(tape.narrow(x, 1, 1), 1)[0], head.classes)
        return tape.linear(tape.mean(tape.narrow(x, 1, pixels), (1,)), head.classes)
    if head.norm != "none":
        frames, depth = to_frames(tape, x)
        x = from_frames(tape, norm(tape, frames, depth, head.norm), x)
    b, c = x.shape[:2]
    return tape.linear(tape.mean(tape.reshape(x, b, c, -1), (-1,)), head.classes)
