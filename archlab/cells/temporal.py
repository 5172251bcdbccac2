"""T1, T0: attention along time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import gcd
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from archlab import trace
from archlab.fitting import as_triple, larger_depth
from archlab.grouping import Sight, Triple
from archlab.options import AttentionOptions, PlainMixer
from archlab.options.pages import temporal_page
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class TemporalAttention(AttentionOptions, frozen=True, kw_only=True):
    """Attention along D: every frame looks at all frames of its sample.

    A token is a whole frame, a head a share of its channels. Any number of frames will do. T1 has a mixer, T0 has none.
    """

    codes = {"T1": {"mixer": "conv"}, "T0": {"mixer": "none"}}
    built_as = {"snraware": {"T0": "T1"}}
    family = "attention"
    icon = "M1.5 5.5h6v7h-6zM4.5 3.5h6v7M7.5 1.5h6v7"
    icons = {"T1": icon + "M2 15.2h12"}
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT temporal attention"
    formula, shapes, cost_formula = temporal_page()

    mixer: PlainMixer = "conv"
    causal: Annotated[bool, Meta(description="A frame looks at itself and at earlier frames only.")] = False
    heads_over: Annotated[
        Literal["channels", "features"],
        Meta(
            description="What the heads share out: the channels of a frame, or all its C x H x W numbers, so that "
            "there may be more heads than channels; where the heads divide the channels, both are the same."
        ),
    ] = "channels"

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Heads that do not divide the channels, and a depth of one frame."""
        yield from super().problems(x, width)
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
            what = f"{numbers} numbers of a frame" if asked == numbers else f"{numbers} and {asked} numbers of a frame"
            yield from self.head_problems(what, shared, asked)
            return
        for problem in self.head_problems(f"{width} channels", width, asked):
            features = problem.code == "AL203" and self.shares(self.heads, shared, asked)
            or_features = f'{problem.hint.rstrip(".")}, or heads_over "features".'
            yield replace(problem, hint=or_features) if features else problem

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """All frames, or those up to its own."""

        def frames(which: range) -> frozenset[Triple]:
            return frozenset((d, h, w) for d, h, w in product(which, range(x.height), range(x.width)))

        seen = frames(range(at[0] + 1 if self.causal else x.depth))
        return Sight(unit="frame", own=frames(range(at[0], at[0] + 1)), seen=seen)

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Always: queries, keys and values come from 3x3 convolutions."""
        return True

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(
            trace.residual_cell(
                tape,
                width,
                self,
                lambda frames, depth: trace.temporal_attention(
                    tape, frames, depth, width, self, self._stride(), self.causal
                ),
            )
        )

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around the attention."""
        from archlab.nn import temporal
        from archlab.nn.residual import residual_cell

        attention = temporal.TemporalAttention(
            x.channels,
            width,
            stride_qk=self._stride(),
            causal=self.causal,
            **self.attention_arguments(),
        )
        return residual_cell(x.channels, width, ("attn", attention), **self.residual_arguments(x))

    def _stride(self) -> tuple[int, int]:
        """Along H and W: frames are tokens, so D has none."""
        _, height, width = as_triple(self.stride_qk)
        return height, width
