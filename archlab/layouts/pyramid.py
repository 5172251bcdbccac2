"""A pyramid of stages in a chain, each on half the resolution of the one before, as in Swin and ConvNeXt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.limits import MAX_AXIS, MAX_LEVELS
from archlab.layouts.fields import Channels, LinkKind, surplus
from archlab.parts.layout import Layout, widths
from archlab.parts.wiring import Wiring

Heads = Annotated[int, Meta(ge=1, le=4096)]
Side = Annotated[int, Meta(ge=1, le=MAX_AXIS)]
SWIN = "patch_merge"  # the link whose norm the pyramid switches on


class Pyramid(Layout, frozen=True, kw_only=True):
    """Stages in a chain, each on half the resolution of the one before.

    `stage0` reads the stem; every further stage brings the map before it down one level, to its own channels, and then
    passes its cells. Patch merging normalises the pixels that it puts side by side, as in Swin. Returns one map per
    stage. `heads` and `windows` are told to the cells that have such a field.
    """

    type: ClassVar[str] = "pyramid"
    source: ClassVar[str] = "Liu et al. 2021 (Swin, arXiv 2103.14030), section 3.1"
    icon: ClassVar[str] = "M2 1h3v14h-3zM7 4h3v8h-3zM12 6h2.5v4h-2.5zM5 8h2M10 8h2"
    stage_field: ClassVar[str | None] = "stages"

    stages: Annotated[int, Meta(ge=1, le=MAX_LEVELS, description="Stages in the chain, a level each")] = 4
    channels: Channels = 32
    heads: Annotated[
        Heads | Annotated[tuple[Heads, ...], Meta(min_length=1, max_length=MAX_LEVELS)] | None,
        Meta(description="Attention heads of all stages, or a list with a number per stage; left to cells when empty"),
    ] = None
    windows: Annotated[
        Annotated[tuple[Side, ...], Meta(min_length=1, max_length=MAX_LEVELS)] | None,
        Meta(description="Side of the square windows, a number per stage; left to the document's window when empty"),
    ] = None
    down: Annotated[LinkKind, Meta(description="How a map gets to the next stage's level")] = SWIN

    def problems(self) -> Iterator[Problem]:
        """Values for stages that do not exist."""
        for field in ("channels", "heads", "windows"):
            yield from surplus(field, getattr(self, field), self.stages)

    def counts(self) -> tuple[int, int]:
        """As many levels as stages."""
        return self.stages, self.stages

    def wire(self, wiring: Wiring) -> None:
        """A block per stage, each reading the one before through `down`."""
        width = widths(self.channels, self.stages)
        sizes = [wiring.plan.size(stage) for stage in range(self.stages)]
        fields = {"norm": "channel"} if self.down == SWIN else {}
        wire = wiring.wire(wiring.entry)
        for stage in range(self.stages):
            block = wiring.block(
                f"stage{stage}",
                level=stage,
                stage=stage,
                channels=width[stage],
                inputs=[wire],
                cells=stage,
                windows=wiring.plan.stage(stage, sizes),
                options=self._options(stage),
            )
            if stage + 1 < self.stages:
                wire = wiring.wire(block, self.down, channels=width[stage + 1], fields=fields)
        wiring.output(*(f"stage{stage}" for stage in range(self.stages)))

    def _options(self, stage: int) -> Mapping[str, Any]:
        """What the layout says to the cells of a stage; a short list repeats its last."""
        options: dict[str, Any] = {}
        if self.heads is not None:
            heads = (self.heads,) if isinstance(self.heads, int) else self.heads
            options["heads"] = heads[min(stage, len(heads) - 1)]
        if self.windows is not None:
            side = self.windows[min(stage, len(self.windows) - 1)]
            options["window"] = (1, side, side)
        return options
