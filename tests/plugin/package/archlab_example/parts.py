"""A separable cell, a pooling link and a zigzag layout; this file imports no torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.cell import Cell
from archlab.parts.layout import Layout, widths
from archlab.parts.link import Link
from archlab.parts.wiring import Wiring

if TYPE_CHECKING:
    from torch import nn


class Separable(Cell, frozen=True, kw_only=True):
    """Depth-wise and point-wise convolution; without a closed form, so archlab measures it."""

    codes: ClassVar[dict[str, dict[str, Any]]] = {"Ds": {}, "D5": {"kernel": 5}}
    family = "separable"
    icon = "M2 8h4l2-4l2 8l2-4h2"

    kernel: Annotated[int, Meta(ge=1, le=9, description="Odd size of the depth-wise convolution")] = 3

    def problems(self, x: FeatureMap, width: int) -> Iterable[Problem]:
        if self.kernel % 2 == 0:
            message = f"a kernel of {self.kernel} pixels has no middle."
            yield Problem(code="EX001", field="kernel", message=message, hint=f"Use kernel {self.kernel + 1}.")

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        from archlab_example.modules import separable

        return separable(x.channels, width, self.kernel, volume=len(x.size) == 3)


class Squeeze(Link, frozen=True, kw_only=True):
    """2x2 convolution of stride 2 per step, down; with a closed form."""

    type: ClassVar[str] = "squeeze"
    icon = "M2 2h12l-4 6v6h-4v-6z"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterable[Problem]:
        if steps <= 0:
            yield Problem(code="EX002", message="squeeze goes down only.", hint="Use interp_conv3.")
        elif len(x.size) == 3:
            yield Problem(code="EX003", message="squeeze takes maps without depth.", hint="Use patch_merge.")

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        return x.with_channels(channels).resized(x.height >> steps, x.width >> steps)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        tape = Tape(x)
        y = tape.x
        for _ in range(steps):
            y = tape.conv(y, channels, (2, 2), stride=2)
        return tape.cost(y)

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        from archlab_example.modules import squeeze

        return squeeze(x.channels, channels, steps)


class Zigzag(Layout, frozen=True, kw_only=True):
    """Down and up between two levels; returns the last map of each."""

    type: ClassVar[str] = "zigzag"
    icon = "M2 4l4 8l4-8l4 8"
    stage_field: ClassVar[str | None] = "stages"

    stages: Annotated[int, Meta(ge=2, le=16, description="Blocks, on level 0 and 1 in turns")] = 4
    channels: Annotated[int, Meta(ge=1, le=4096, description="Channels at level 0, twice as many at level 1")] = 16
    down: Annotated[str, Meta(description="How a map gets down")] = "squeeze"
    up: Annotated[str, Meta(description="How a map gets up")] = "interp_conv3"

    def counts(self) -> tuple[int, int]:
        return 2, self.stages

    def wire(self, wiring: Wiring) -> None:
        width = widths(self.channels, 2)
        ids: list[str] = []
        for stage in range(self.stages):
            level = stage % 2
            source = wiring.wire(wiring.entry)
            if ids:
                source = wiring.wire(ids[-1], self.down if level else self.up, channels=width[level])
            block = f"Z{stage}"
            ids.append(
                wiring.block(block, level=level, stage=stage, channels=width[level], inputs=[source], cells=level)
            )
        wiring.output(*ids[-2:])
