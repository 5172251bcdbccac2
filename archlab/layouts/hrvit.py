"""HRViT: parallel resolutions of transformer cells, fused before every column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.limits import MAX_LEVELS, MAX_STAGES
from archlab.layouts.fields import Channels, LinkKind, Width, surplus
from archlab.parts.fields import Activation
from archlab.parts.layout import Layout, widths
from archlab.parts.wiring import Wire, Wiring, block_id

Columns = Annotated[int, Meta(ge=1, le=MAX_STAGES)]
PerLevel = Width | Annotated[tuple[Width, ...], Meta(min_length=1, max_length=MAX_LEVELS)]


class HRViT(Layout, frozen=True, kw_only=True):
    """Columns of blocks at several resolutions, each behind a fusion of all levels.

    A column is a row of fusions `F{level}_{column}` and behind them blocks `B{level}{column}`. A fusion sums the maps
    of all levels of the column before - a new level is fed by all of them too - and ends in a non-linearity; the first
    has the stem's map alone. A block begins with a patch embedding, which changes the channels, and ends with a
    LayerNorm; `stripes` and `ratios` go to its cells where they have such fields. `cells` is one string, or a list with
    one entry per column, itself a string or a list with one per level; a short list repeats its last entry. Returns one
    map per level.
    """

    type: ClassVar[str] = "hrvit"
    source: ClassVar[str] = "Gu et al. 2022 (HRViT, arXiv 2111.01236), section 3"
    icon: ClassVar[str] = "M2 3h12M6 8h8M10 13h4M2 3l4 5M6 8l4 5M2 3l8 10M10 8l2-5"
    samples = (("3x16x24", {"channels": 8, "modules": (1, 1), "stripes": (1, 2)}),)
    sample_cells = "H2"
    stage_field: ClassVar[str | None] = "modules"

    channels: Channels = 32
    stripes: Annotated[
        PerLevel, Meta(description="Rows or columns of a stripe of attention: one number, or one per level")
    ] = (1, 2, 7, 7)
    ratios: Annotated[
        PerLevel, Meta(description="Channels inside the feed-forward parts / channels: one number, or one per level")
    ] = 4
    modules: Annotated[
        tuple[Columns, ...],
        Meta(min_length=1, max_length=MAX_LEVELS, description="Columns per stage; every stage has one level more"),
    ] = (1, 1, 2, 2)
    activation: Annotated[Activation, Meta(description="Non-linearity behind the sum of every fusion")] = "gelu_exact"
    down: Annotated[LinkKind, Meta(description="How a map gets to a coarser level")] = "depthwise_down"
    up: Annotated[LinkKind, Meta(description="How a map gets to a finer level")] = "conv_interp"

    def problems(self) -> Iterator[Problem]:
        """Numbers that no level has; those of the published net stand for any number of levels."""
        for field in ("channels", "stripes", "ratios"):
            if getattr(self, field) != getattr(HRViT(), field):
                yield from surplus(field, getattr(self, field), len(self.modules))

    def counts(self) -> tuple[int, int]:
        """Levels; columns: fusions and blocks in turns."""
        return len(self.modules), 2 * sum(self.modules)

    def wire(self, wiring: Wiring) -> None:
        """Column by column: the fusions of what is there, and a block behind each."""
        width = widths(self.channels, len(self.modules))
        blocks: list[str] = []
        column = 0
        for levels, count in enumerate(self.modules, 1):
            for _ in range(count):
                fused = [self._fusion(wiring, column, level, blocks, width) for level in range(levels)]
                blocks = [self._block(wiring, column, level, id, width[level]) for level, id in enumerate(fused)]
                column += 1
        wiring.output(*blocks)

    def _fusion(self, wiring: Wiring, column: int, level: int, blocks: list[str], width: tuple[int, ...]) -> str:
        inputs = [self._exchange(wiring, id, other, level, width[level]) for other, id in enumerate(blocks)]
        return wiring.fusion(
            f"F{level}_{column}",
            level=level,
            stage=2 * column,
            inputs=inputs or [wiring.wire(wiring.entry)],
            after=({"code": "Ac", "activation": self.activation},),
        )

    def _block(self, wiring: Wiring, column: int, level: int, source: str, channels: int) -> str:
        return wiring.block(
            block_id("B", level, column),
            level=level,
            stage=2 * column + 1,
            channels=channels,
            inputs=[wiring.wire(source)],
            cells=(column, level),
            windows=wiring.plan.level(level),
            before=("Pe",),
            after=("Ln",),
            options={"stripe": of_level(self.stripes, level), "ratio": of_level(self.ratios, level)},
        )

    def _exchange(self, wiring: Wiring, source: str, level: int, target: int, channels: int) -> Wire:
        """The link of a fusion from one level to another."""
        if level == target:
            return wiring.wire(source)
        if level < target:
            return wiring.wire(source, self.down, channels=channels)
        fields = {"bias": True} if self.up == "conv_interp" else {}
        return wiring.wire(source, self.up, channels=channels, fields=fields)


def of_level(given: int | tuple[int, ...], level: int) -> int:
    """The number of a level: the same for all, or that of a list, which repeats its last."""
    return given if isinstance(given, int) else given[min(level, len(given) - 1)]
