"""The U-Net of 2015: max pooling down, transposed convolutions up, plain skips."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.layouts.fields import Channels, Levels, LinkKind, surplus
from archlab.parts.layout import Layout, widths
from archlab.parts.part import Samples
from archlab.parts.wiring import Wiring


class UNetClassic(Layout, frozen=True, kw_only=True):
    """The classical U-Net: pooled down to a bridge, up by transposed convolutions.

    Down path `D0 ... D{L-1}`, `bridge` at level L, up path `U{L-1} ... U0`. The links down keep the channels, which
    double in the block that they lead to, in the bridge too. The links up bring the channels of the level at which they
    arrive; `U{k}` reads the skip from `D{k}` and behind it the map from below, and has the channels of its level.
    Returns one map. The number of levels does not count the bridge; lists of channels and of cell strings may have one
    entry more, for the bridge. The published net has the cells `N2N2` and the head `dense`.
    """

    type: ClassVar[str] = "unet_classic"
    source: ClassVar[str] = "U-Net (arXiv 1505.04597), figure 1; gates: Attention U-Net (arXiv 1804.03999)"
    icon: ClassVar[str] = "M2 2v7l4 4h4l4-4v-7M4 4h8M4 7h8"
    level_field: ClassVar[str | None] = "levels"
    samples: ClassVar[Samples] = (("3x8x12", {"levels": 1, "channels": 4}),)

    levels: Levels = 4
    channels: Channels = 64
    gate: Annotated[bool, Meta(description="Gate each skip by the map from below (additive attention)")] = False
    down: Annotated[LinkKind, Meta(description="How a map gets to a coarser level")] = "maxpool"
    up: Annotated[LinkKind, Meta(description="How a map gets to a finer level")] = "transposed"

    def problems(self) -> Iterator[Problem]:
        """Channels that no level has."""
        yield from surplus("channels", self.channels, self.levels + 1)

    def counts(self) -> tuple[int, int]:
        """Rows with the bridge; columns: down path, bridge, up path."""
        return self.levels + 1, 2 * self.levels + 1

    def wire(self, wiring: Wiring) -> None:
        """Blocks of the down path, the bridge, and the up path with its skips, in order of computation."""
        bottom = self.levels
        width = widths(self.channels, bottom + 1)
        below = wiring.entry
        for level in range(bottom + 1):
            below = wiring.block(
                f"D{level}" if level < bottom else "bridge",
                level=level,
                stage=level,
                channels=width[level],
                inputs=[wiring.wire(below, self.down if level else "identity")],
                cells=level,
                windows=wiring.plan.level(level),
            )
        for level in reversed(range(bottom)):
            skip = wiring.wire(f"D{level}", "gate" if self.gate else "identity", query=below)
            below = wiring.block(
                f"U{level}",
                level=level,
                stage=2 * bottom - level,
                channels=width[level],
                inputs=[skip, wiring.wire(below, self.up, channels=width[level])],
                cells=level,
                windows=wiring.plan.level(level),
                merge="concat",
            )
        wiring.output(below)
