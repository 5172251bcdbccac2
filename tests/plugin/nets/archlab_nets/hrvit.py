"""nets_hrvit: parallel resolutions of transformer cells, fused before every column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

import archlab as al

PerLevel = Annotated[tuple[Annotated[int, Meta(ge=1, le=65536)], ...], Meta(min_length=1, max_length=8)]


class HRViT(al.Layout, frozen=True, kw_only=True):
    """Columns of blocks, each behind a fusion of all blocks of the column before.

    `F{level}_{column}` sums what arrives and ends in a GELU, `B{level}_{column}` embeds it, passes its cells and ends
    in a LayerNorm. A level joins with the first column of a stage. `cells` of a document go by column and level.
    """

    type: ClassVar[str] = "nets_hrvit"
    source: ClassVar[str] = "Gu et al. 2022 (HRViT), section 3"

    channels: Annotated[PerLevel, Meta(description="Of each level")] = (32, 64, 128, 256)
    stripes: Annotated[PerLevel, Meta(description="Rows or columns of a stripe of attention, per level")] = (1, 2, 7, 7)
    ratios: Annotated[PerLevel, Meta(description="Width inside the feed-forward parts, per level")] = (4, 4, 4, 4)
    modules: Annotated[PerLevel, Meta(description="Columns per stage; each stage has one level more")] = (1, 1, 2, 2)

    def problems(self) -> Iterator[al.Problem]:
        levels = len(self.modules)
        for field in ("channels", "stripes", "ratios"):
            given = len(getattr(self, field))
            if given != levels:
                message = f"{given} numbers are given for {levels} levels."
                yield al.Problem(code="NETS7", field=field, message=message, hint="Give one per stage of modules.")

    def counts(self) -> tuple[int, int]:
        return len(self.modules), sum(self.modules)

    def wire(self, wiring: al.Wiring) -> None:
        if any(self.problems()):
            return
        blocks: list[str] = []
        column = 0
        for levels, count in enumerate(self.modules, 1):
            for _ in range(count):
                fused = [self._fusion(wiring, column, level, blocks) for level in range(levels)]
                blocks = [self._block(wiring, column, level, id) for level, id in enumerate(fused)]
                column += 1
        wiring.output(*blocks)

    def _fusion(self, wiring: al.Wiring, column: int, level: int, blocks: list[str]) -> str:
        inputs = [self._carry(wiring, id, other, level) for other, id in enumerate(blocks)]
        return wiring.fusion(
            f"F{level}_{column}",
            level=level,
            stage=2 * column,
            inputs=inputs or [wiring.wire(wiring.entry)],
            after=({"code": "Na", "function": "gelu"},),
        )

    def _block(self, wiring: al.Wiring, column: int, level: int, source: str) -> str:
        return wiring.block(
            f"B{level}_{column}",
            level=level,
            stage=2 * column + 1,
            channels=self.channels[level],
            inputs=[wiring.wire(source)],
            cells=(column, level),
            before=("Ne",),
            after=("Nn",),
            options={"stripe": self.stripes[level], "ratio": self.ratios[level]},
        )

    def _carry(self, wiring: al.Wiring, source: str, level: int, target: int) -> al.Wire:
        """The link of a fusion from one level to another."""
        if level == target:
            return wiring.wire(source)
        if level > target:
            fields = {"bias": True, "norm": "batch2d"}
            return wiring.wire(source, "conv_interp", channels=self.channels[target], fields=fields)
        return wiring.wire(source, "nets_depthwise_down", channels=self.channels[target])
