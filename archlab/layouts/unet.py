"""SNRAware's U-Net: down path, bridge, up path with gated or plain skips."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.layouts.fields import Channels, Levels, LinkKind, surplus
from archlab.parts.layout import Layout, widths
from archlab.parts.wiring import Wiring


class UNet(Layout, frozen=True, kw_only=True):
    """Down to a bridge and up again, with a skip at every level.

    Down path `D0 ... D{L-1}`, `bridge` at level L, up path `U{L-1} ... U0`. `U{k}` reads the concatenation of the
    skip from `D{k}` and of the map from below, and has the channels of level k-1. Returns one map.
    The number of levels does not count the bridge; the list of cell strings may have one entry more, for the bridge.
    """

    type: ClassVar[str] = "unet"
    source: ClassVar[str] = "U-Net (arXiv 1505.04597); gates: Attention U-Net (arXiv 1804.03999), as in SNRAware"
    icon: ClassVar[str] = "M2 2v6l4 5h4l4-5v-6M2 4h12"
    level_field: ClassVar[str | None] = "levels"

    levels: Levels = 3
    channels: Channels = 32
    gate: Annotated[bool, Meta(description="Gate each skip by the map from below (additive attention)")] = True
    down: Annotated[LinkKind, Meta(description="How a map gets to a coarser level")] = "patch_merge"
    up: Annotated[LinkKind, Meta(description="How a map gets to a finer level")] = "interp_conv3"

    def problems(self) -> Iterator[Problem]:
        """Channels that no level has."""
        yield from surplus("channels", self.channels, self.levels)

    def counts(self) -> tuple[int, int]:
        """Rows with the bridge; columns: down path, bridge, up path."""
        return self.levels + 1, 2 * self.levels + 1

    def wire(self, wiring: Wiring) -> None:
        """Blocks of the down path, the bridge, and the up path with its skips, in order of computation."""
        width = widths(self.channels, self.levels)
        plan, bottom = wiring.plan, self.levels
        below = wiring.entry
        for level in range(bottom):
            kind = self.down if level else "identity"
            below = wiring.block(
                f"D{level}",
                level=level,
                stage=level,
                channels=width[level],
                inputs=[wiring.wire(below, kind)],
                cells=level,
                windows=plan.level(level),
            )
        below = wiring.block(
            "bridge",
            level=bottom,
            stage=bottom,
            channels=width[-1],
            inputs=[wiring.wire(below, self.down)],
            cells=bottom,
            windows=plan.keep_size(plan.level(bottom - 1), plan.size(bottom)),
        )
        for level in reversed(range(bottom)):
            skip = wiring.wire(f"D{level}", "gate" if self.gate else "identity", query=below)
            below = wiring.block(
                f"U{level}",
                level=level,
                stage=2 * bottom - level,
                channels=width[max(level - 1, 0)],
                inputs=[skip, wiring.wire(below, self.up, channels=width[level])],
                cells=level,
                windows=plan.way_up(level, self.levels),
                merge="concat",
            )
        wiring.output(below)
