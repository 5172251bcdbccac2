"""SNRAware's HRNet: levels join one by one, every stage fuses downwards, one full fusion at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.layouts.fields import Channels, Levels, LinkKind, Stages, surplus
from archlab.parts.layout import Layout, widths
from archlab.parts.wiring import Wiring, block_id


class HRNet(Layout, frozen=True, kw_only=True):
    """High resolution kept beside coarser levels, fused stage by stage.

    Block `B{l}{s}` exists for `l <= s`. It reads the sum of all earlier blocks of its level and of every finer level
    of the stage before, brought down. After the last stage each level is fused with all others (`F{l}`), passes one
    more block (`out{l}`), and all levels are brought up and concatenated (`agg`).
    Returns `[out0, ..., out{L-1}, agg]`; `agg` has `channels * (2**levels - 1)` channels.
    """

    type: ClassVar[str] = "hrnet"
    source: ClassVar[str] = "SNRAware (arXiv 2503.18162), HRNet backbone; after HRNet (arXiv 1908.07919)"
    icon: ClassVar[str] = "M1 3h14M1 8h14M6 13h9M5 3l3 5M8 8l3 5"
    level_field: ClassVar[str | None] = "levels"
    stage_field: ClassVar[str | None] = "stages"

    levels: Levels = 3
    stages: Annotated[Stages | None, Meta(description="Columns of blocks; as many as levels when left empty")] = None
    channels: Channels = 32
    down: Annotated[LinkKind, Meta(description="How a map gets to a coarser level")] = "patch_merge"
    up: Annotated[LinkKind, Meta(description="How a map gets to a finer level")] = "interp_conv3"

    def problems(self) -> Iterator[Problem]:
        """Too few stages for the levels to join; channels that no level has."""
        if self.stages is not None and self.stages < self.levels:
            message = f"Every level joins at a stage of its own: {self.levels} stages are used, not {self.stages}."
            hint = f"Use stages {self.levels} or more, or fewer levels."
            yield Problem(code="AL033", severity="warning", field="stages", message=message, hint=hint)
        yield from surplus("channels", self.channels, self.levels)

    def counts(self) -> tuple[int, int]:
        """Levels and stages; never fewer stages than levels."""
        return self.levels, max(self.stages or self.levels, self.levels)

    def wire(self, wiring: Wiring) -> None:
        """Blocks stage by stage, then the full fusion, the output blocks and the aggregate."""
        levels, stages = self.counts()
        width = widths(self.channels, levels)
        for stage in range(stages):
            for level in range(min(stage + 1, levels)):
                self._block(wiring, level, stage, width)
        last = stages - 1
        for level in range(levels):
            inputs = [
                wiring.wire(block_id("B", other, last), self._kind(other, level), channels=width[level])
                for other in [level, *range(level), *range(level + 1, levels)]
            ]
            wiring.fusion(f"F{level}", level=level, stage=stages, inputs=inputs)
        for level in range(levels):
            size = wiring.plan.size(level)
            wiring.block(
                f"out{level}",
                level=level,
                stage=stages + 1,
                channels=width[level],
                inputs=[wiring.wire(f"F{level}")],
                cells=level,
                windows=wiring.plan.keep_size(wiring.plan.level(level), size),
            )
        wiring.fusion(
            "agg",
            level=0,
            stage=stages + 2,
            inputs=[wiring.wire(f"out{k}", self._kind(k, 0), channels=width[k]) for k in range(levels)],
            merge="concat",
        )
        wiring.output(*(f"out{level}" for level in range(levels)), "agg")

    def _block(self, wiring: Wiring, level: int, stage: int, width: tuple[int, ...]) -> None:
        if stage == 0:
            inputs = [wiring.wire(wiring.entry)]
        else:
            inputs = [
                wiring.wire(block_id("B", level, earlier), channels=width[level]) for earlier in range(level, stage)
            ]
            inputs += [
                wiring.wire(block_id("B", finer, stage - 1), self.down, channels=width[level]) for finer in range(level)
            ]
        windows = wiring.plan.level(level)
        if stage > level:
            windows = wiring.plan.keep_size(windows, wiring.plan.size(level))
        wiring.block(
            block_id("B", level, stage),
            level=level,
            stage=stage,
            channels=width[level],
            inputs=inputs,
            cells=level,
            windows=windows,
        )

    def _kind(self, source: int, target: int) -> str:
        if source == target:
            return "identity"
        return self.down if source < target else self.up
