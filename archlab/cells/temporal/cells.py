"""T1, T0: attention along time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import gcd
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from msgspec import Meta
from msgspec.structs import replace

from archlab.cells.residual import options as residual
from archlab.cells.residual.attention import (
    AttentionDropout,
    Heads,
    NormalizeQK,
    OutputProjection,
    Score,
    StrideQK,
    attention_arguments,
    attention_inert,
    head_problems,
    shares,
)
from archlab.cells.residual.cost import residual_cell
from archlab.cells.temporal.cost import temporal_attention
from archlab.cells.temporal.page import temporal_page
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_depth
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple, as_triple
from archlab.parts.cell import Cell

if TYPE_CHECKING:
    from torch import nn


class TemporalAttention(Cell, frozen=True, kw_only=True):
    """Attention along D: every frame looks at all frames of its sample.

    A token is a whole frame, a head a share of its channels. Any number of frames will do. T1 has a mixer, T0 has none.
    """

    codes = {"T1": {"mixer": "conv"}, "T0": {"mixer": "none"}}
    built_as = {"snraware": {"T0": "T1"}}
    samples = (("8x3x4x6", {"heads": 4}), ("8x2x9x9", {"heads": 3}), *Cell.samples)
    family = "attention"
    icon = "M1.5 5.5h6v7h-6zM4.5 3.5h6v7M7.5 1.5h6v7"
    icons = {"T1": icon + "M2 15.2h12"}
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT temporal attention"
    formula, shapes, cost_formula = temporal_page()

    mixer: residual.PlainMixer = "conv"
    mixer_ratio: residual.MixerRatio = 4.0
    mixer_kernel: residual.MixerKernel = 3
    arrangement: residual.Arrangement = "sequential"
    norm: residual.NormField = "instance2d"
    norm_eps: residual.NormEps = 1e-5
    norm_momentum: residual.NormMomentum = 0.1
    activation: residual.ActivationField = "prelu"
    drop_path: residual.DropPath = 0.1
    drop_path_rule: residual.DropPathRule = "constant"
    heads: Heads = 16
    score: Score = "cosine"
    normalize_qk: NormalizeQK = True
    stride_qk: StrideQK = (1, 1, 1)
    attention_dropout: AttentionDropout = 0.0
    output_projection: OutputProjection = True
    causal: Annotated[bool, Meta(description="A frame looks at itself and at earlier frames only.")] = False
    heads_over: Annotated[
        Literal["channels", "features"],
        Meta(
            description="What the heads share out: the channels of a frame, or all its C x H x W numbers, so that "
            "there may be more heads than channels; where the heads divide the channels, both are the same."
        ),
    ] = "channels"

    def placed(self, index: int, count: int) -> Self:
        """With the drop_path that its rule gives it at this place."""
        return residual.drop_path_placed(self, index, count)

    def costed(self) -> Self:
        """The cell without the drop_path of its place, which its cost does not depend on."""
        return residual.drop_path_costed(self)

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Heads that do not divide the channels, and a depth of one frame."""
        # queries, keys and values come from 3x3 convolutions
        yield from residual.residual_problems(self, x, convolution=True, mixer_features=width)
        if x.depth == 1:
            yield Problem(
                code="AL208",
                severity="warning",
                message="attention along D has a single frame to look at, so it only passes its values on.",
                hint=f"Use {larger_depth(x)}, or another cell.",
            )
        height, across = self._stride()
        numbers, asked = (width * -(-x.height // h) * -(-x.width // w) for h, w in ((1, 1), (height, across)))
        shared = gcd(numbers, asked)
        if self.heads_over == "features":
            both = f"{numbers}" if asked == numbers else f"{numbers} and {asked}"
            yield from head_problems(self, lambda: f"{both} numbers of a frame", shared, asked)
            return
        for problem in head_problems(self, lambda: f"{width} channels", width, asked):
            features = problem.code == "AL203" and shares(self, self.heads, shared, asked)
            or_features = f'{problem.hint.rstrip(".")}, or heads_over "features".'
            yield replace(problem, hint=or_features) if features else problem

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """All frames, or those up to its own."""

        def frames(which: range) -> frozenset[Triple]:
            return frozenset((d, h, w) for d, h, w in product(which, range(x.height), range(x.width)))

        seen = frames(range(at[0] + 1 if self.causal else x.depth))
        return Sight(unit="frame", own=frames(range(at[0], at[0] + 1)), seen=seen)

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        return {**residual.residual_inert(self), **attention_inert(self)}

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(
            residual_cell(
                tape,
                width,
                self,
                lambda frames, depth: temporal_attention(tape, frames, depth, width, **self._attention()),
            )
        )

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around the attention."""
        from archlab.cells.residual import module as shell
        from archlab.cells.temporal import module

        attention = module.TemporalAttention(x.channels, width, **self._attention())
        return shell.residual_cell(x.channels, width, ("attn", attention), **residual.residual_arguments(self, x))

    def _attention(self) -> dict[str, Any]:
        """The attention in words that its module and its closed form share."""
        return {**attention_arguments(self), "stride_qk": self._stride(), "causal": self.causal}

    def _stride(self) -> tuple[int, int]:
        """Along H and W: frames are tokens, so D has none."""
        _, height, width = as_triple(self.stride_qk)
        return height, width
