"""HRNet as published: parallel resolutions with a full exchange after every module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.limits import MAX_LEVELS, MAX_STAGES
from archlab.layouts.fields import Channels, LinkKind, Width, surplus
from archlab.parts.fields import Activation
from archlab.parts.layout import Layout, widths
from archlab.parts.wiring import Wire, Wiring, block_id

# What the published net sets on its own kinds of links; another kind keeps its defaults.
STEP: dict[str, Any] = {"norm": "batch2d", "activation": "relu", "padding": "zeros"}
CHAIN: dict[str, Any] = {**STEP, "last_activation": False, "change_channels": "last"}
MODULES = Annotated[int, Meta(ge=1, le=MAX_STAGES)]


class HRNetV2(Layout, frozen=True, kw_only=True):
    """The published HRNet: parallel resolutions with an exchange after every module.

    The first block `B00` stands alone. Then come stages, each with one level more than the one before it: a stage is
    `modules` modules, a module is a column of blocks `B{level}{column}` and behind it a column of fusions
    `F{level}_{column}`, each of which sums the maps of all levels and ends in a non-linearity. A new level is fed by
    the last branch alone. `cells` is one string, or a list with one entry per column of blocks, itself a string or a
    list with one per level; a short list repeats its last entry. Returns one map per level.
    """

    type: ClassVar[str] = "hrnetv2"
    source: ClassVar[str] = "Wang et al. 2020 (HRNet, arXiv 1908.07919), section 3"
    icon: ClassVar[str] = "M2 3h12M5 8h9M9 13h5M5 3l2 5M9 8l2 5M7 8l2-5M11 13l2-10"
    samples = (("3x16x24", {"channels": 4, "first_channels": 8, "modules": (1, 2)}),)
    stage_field: ClassVar[str | None] = "modules"

    channels: Channels = 18
    first_channels: Annotated[Width, Meta(description="Channels of the block that stands alone before all stages")] = (
        256
    )
    modules: Annotated[
        tuple[MODULES, ...],
        Meta(min_length=1, max_length=MAX_LEVELS - 1, description="Modules per stage; every stage has one level more"),
    ] = (1, 4, 3)
    activation: Annotated[Activation, Meta(description="Non-linearity behind the sum of every fusion")] = "relu"
    down: Annotated[LinkKind, Meta(description="How a map gets to a coarser level")] = "conv_stride"
    up: Annotated[LinkKind, Meta(description="How a map gets to a finer level")] = "conv_interp"

    def problems(self) -> Iterator[Problem]:
        """Channels that no level has."""
        yield from surplus("channels", self.channels, len(self.modules) + 1)

    def counts(self) -> tuple[int, int]:
        """Levels; columns: the first block, then blocks and fusions in turns."""
        return len(self.modules) + 1, 1 + 2 * sum(self.modules)

    def wire(self, wiring: Wiring) -> None:
        """The first block, then for each module what arrives at its blocks, the blocks, and their fusions."""
        width = widths(self.channels, len(self.modules) + 1)
        first = wiring.block(
            block_id("B", 0, 0),
            level=0,
            stage=0,
            channels=self.first_channels,
            inputs=[wiring.wire(wiring.entry)],
            cells=(0, 0),
            windows=wiring.plan.level(0),
        )
        maps, column = [first], 0
        for levels, count in enumerate(self.modules, 2):
            for module in range(count):
                column += 1
                arriving = [wiring.wire(id) for id in maps]
                if column == 1 and width[0] != self.first_channels:
                    arriving = [wiring.wire(first, "projection", channels=width[0], fields={"kernel": 3, **STEP})]
                if module == 0:
                    fields = STEP if self.down == "conv_stride" else {}
                    arriving.append(wiring.wire(maps[-1], self.down, channels=width[levels - 1], fields=fields))
                maps = self._module(wiring, column, arriving, width)
        wiring.output(*maps)

    def _module(self, wiring: Wiring, column: int, arriving: list[Wire], width: tuple[int, ...]) -> list[str]:
        """A column of blocks on the maps that arrive, one a level, and the column of their fusions."""
        blocks = [
            wiring.block(
                block_id("B", level, column),
                level=level,
                stage=2 * column - 1,
                channels=width[level],
                inputs=[wire],
                cells=(column, level),
                windows=wiring.plan.level(level),
            )
            for level, wire in enumerate(arriving)
        ]
        return [
            wiring.fusion(
                f"F{level}_{column}",
                level=level,
                stage=2 * column,
                inputs=[self._exchange(wiring, id, other, level, width[level]) for other, id in enumerate(blocks)],
                after=({"code": "Ac", "activation": self.activation},),
            )
            for level in range(len(blocks))
        ]

    def _exchange(self, wiring: Wiring, source: str, level: int, target: int, channels: int) -> Wire:
        """The link of a fusion from one level to another."""
        if level == target:
            return wiring.wire(source)
        if level > target:
            return wiring.wire(source, self.up, channels=channels)
        return wiring.wire(source, self.down, channels=channels, fields=CHAIN if self.down == "conv_stride" else {})
