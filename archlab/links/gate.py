"""gate: a skip weighted by what comes up from below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.links.levels import wrong_direction
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class Gate(Link, frozen=True, kw_only=True):
    """Skip weighted pixel by pixel by what comes up from below."""

    type = "gate"
    icon = "M2 8h4M10 8h4M6 4l4 4l-4 4zM8 14v-4"
    source = "Oktay et al. 2018 (Attention U-Net), section 2.1; SNRAware (STCNNT) U-Net attention"
    needs_query = True

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Another level, or another number of channels."""
        instead = {"down": "patch_merge", "up": "interp_conv3"}
        yield from wrong_direction("gate", steps, "same", instead)
        if not steps and x.channels != channels:
            yield Problem(
                code="AL303",
                message=f"a gate keeps its {x.channels} channels, the target asks for {channels}.",
                hint="Use projection, or the same channels on both sides.",
            )

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map of the source: weighting its pixels changes no size."""
        return x

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x, query=x)
        return tape.cost(_play(tape))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """An additive gate whose query has the channels of `x`."""
        from archlab.links.gate_module import AdditiveGate

        return AdditiveGate(x.channels, x.channels)


def _play(tape: Tape) -> Value:
    """Closed form of `gate_module.AdditiveGate` on the tape's input, steered by its query."""
    assert tape.query is not None
    frames, _ = to_frames(tape, tape.x)
    queries, _ = to_frames(tape, tape.query)
    channels = frames.shape[1]
    skip = tape.conv(frames, channels, (1, 1), bias=False)
    below = tape.conv(queries, channels, (1, 1), bias=False)
    gate = tape.conv(tape.activation(tape.add(below, skip), "relu"), 1, (1, 1), bias=False)
    return from_frames(tape, tape.mul(frames, tape.activation(gate, "sigmoid")), tape.x)
