"""SNRAware's SOANet: stages in a chain, with or without downsampling between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.limits import MAX_LEVELS, MAX_STAGES
from archlab.layouts.fields import Channels, LinkKind, Stages, surplus
from archlab.parts.layout import Layout, widths
from archlab.parts.wiring import Wiring

Gaps = Annotated[tuple[bool, ...], Meta(min_length=1, max_length=MAX_STAGES)]


class SOANet(Layout, frozen=True, kw_only=True):
    """Stages in a chain; channels double from stage to stage.

    Between two stages the map is brought down one level, which doubles its channels; without downsampling the next
    stage's first cell doubles them. Returns one map per stage. Plain ViTs and Swin-like pyramids are such chains.
    """

    type: ClassVar[str] = "soanet"
    source: ClassVar[str] = "SNRAware (arXiv 2503.18162), SOANet backbone"
    icon: ClassVar[str] = "M1 6h3v4h-3zM6 6h4v4h-4zM12 6h3v4h-3zM4 8h2M10 8h2"
    stage_field: ClassVar[str | None] = "stages"

    stages: Annotated[Stages, Meta(description="Blocks in the chain")] = 4
    channels: Channels = 32
    downsample: Annotated[
        bool | Gaps, Meta(description="Halve H and W between stages: yes, no, or one answer per gap")
    ] = True
    down: Annotated[LinkKind, Meta(description="How a map gets to the next stage's level")] = "patch_merge"

    def problems(self) -> Iterator[Problem]:
        """Channels that no stage has; answers for gaps that do not exist."""
        yield from surplus("channels", self.channels, self.stages)
        yield from surplus("downsample", self.downsample, max(self.stages - 1, 1))

    def gaps(self) -> tuple[bool, ...]:
        """Whether each gap between stages halves H and W; a short list repeats its last."""
        given = (self.downsample,) if isinstance(self.downsample, bool) else self.downsample
        given += (given[-1],) * self.stages
        return given[: self.stages - 1]

    def counts(self) -> tuple[int, int]:
        """Levels (1 + the gaps that downsample) and stages."""
        return 1 + sum(self.gaps()), self.stages

    def wire(self, wiring: Wiring) -> None:
        """A block per stage, each reading the one before through `down` or as it is."""
        width = widths(self.channels, self.stages)
        gaps = self.gaps()
        levels = [sum(gaps[:stage]) for stage in range(self.stages)]
        if levels[-1] >= MAX_LEVELS:
            raise OverflowError(f"{levels[-1] + 1} levels: the limit is {MAX_LEVELS}. Downsample in fewer gaps.")
        sizes = [wiring.plan.size(level) for level in levels]
        previous = wiring.entry
        for stage in range(self.stages):
            halved = stage > 0 and gaps[stage - 1]
            wire = wiring.wire(previous, self.down, channels=width[stage]) if halved else wiring.wire(previous)
            previous = wiring.block(
                f"stage{stage}",
                level=levels[stage],
                stage=stage,
                channels=width[stage],
                inputs=[wire],
                cells=stage,
                windows=wiring.plan.stage(stage, sizes),
            )
        wiring.output(*(f"stage{stage}" for stage in range(self.stages)))
