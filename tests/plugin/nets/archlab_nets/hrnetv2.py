"""nets_hrnetv2: parallel resolutions with a full exchange after every module."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

import archlab as al

NORMED: dict[str, Any] = {"norm": "batch2d"}
STEP: dict[str, Any] = {"norm": "batch2d", "activation": "relu", "padding": "zeros"}
CHAIN = {**STEP, "last_activation": False, "change_channels": "last"}


class HRNetV2(al.Layout, frozen=True, kw_only=True):
    """One block at high resolution, then modules of parallel blocks that are all fused with each other.

    Column 0 is `B0_0`; every module is a column of blocks `B{level}_{column}` and their fusions `F{level}_{column}`.
    A level joins with the first module of a stage. `cells` of a document go by column and level.
    """

    type: ClassVar[str] = "nets_hrnetv2"
    source: ClassVar[str] = "Wang et al. 2020 (HRNet), section 3"
    stage_field: ClassVar[str | None] = "modules"

    channels: Annotated[int, Meta(ge=1, le=4096, description="Of level 0; each further level has twice as many")] = 18
    entry_channels: Annotated[int, Meta(ge=1, le=65536, description="Of the first block")] = 256
    modules: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=16)], ...],
        Meta(min_length=1, max_length=8, description="Modules per stage; each stage has one level more"),
    ] = (1, 4, 3)

    def counts(self) -> tuple[int, int]:
        return len(self.modules) + 1, sum(self.modules) + 1

    def wire(self, wiring: al.Wiring) -> None:
        width = al.widths(self.channels, len(self.modules) + 1)
        maps = [
            wiring.block(
                "B0_0",
                level=0,
                stage=0,
                channels=self.entry_channels,
                inputs=[wiring.wire(wiring.entry)],
                cells=(0, 0),
            )
        ]
        column = 0
        for levels, count in enumerate(self.modules, 2):
            for module in range(count):
                column += 1
                arriving = [wiring.wire(source) for source in maps]
                if column == 1:
                    arriving = [wiring.wire(maps[0], "projection", channels=width[0], fields={"kernel": 3, **STEP})]
                if module == 0:
                    arriving.append(wiring.wire(maps[-1], "conv_stride", channels=width[levels - 1], fields=STEP))
                maps = self._module(wiring, column, arriving, width)
        wiring.output(*maps)

    def _module(self, wiring: al.Wiring, column: int, arriving: list[al.Wire], width: tuple[int, ...]) -> list[str]:
        """Blocks on the maps that arrive, one a level, and their fusions."""
        blocks = [
            wiring.block(
                f"B{level}_{column}",
                level=level,
                stage=2 * column - 1,
                channels=width[level],
                inputs=[wire],
                cells=(column, level),
            )
            for level, wire in enumerate(arriving)
        ]
        return [
            wiring.fusion(
                f"F{level}_{column}",
                level=level,
                stage=2 * column,
                inputs=[_carry(wiring, id, other, level, width[level]) for other, id in enumerate(blocks)],
                after=("Na",),
            )
            for level in range(len(blocks))
        ]


def _carry(wiring: al.Wiring, source: str, level: int, target: int, channels: int) -> al.Wire:
    """The link of a fusion from one level to another."""
    if level == target:
        return wiring.wire(source)
    if level > target:
        return wiring.wire(source, "conv_interp", channels=channels, fields=NORMED)
    return wiring.wire(source, "conv_stride", channels=channels, fields=CHAIN)
