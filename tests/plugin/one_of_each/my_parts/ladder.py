"""ladder: a layout of two rails."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

import archlab as al


class Ladder(al.Layout, frozen=True, kw_only=True):
    """Two rails side by side: fine and coarse, joined at every rung."""

    type = "ladder"
    icon = "M4 2v12M12 2v12M4 5h8M4 11h8"
    stage_field = "rungs"  # what "add stage" grows

    rungs: Annotated[int, Meta(ge=1, le=32, description="Blocks on each rail.")] = 2
    channels: Annotated[int, Meta(ge=1, le=4096, description="Channels of the fine rail; the coarse has twice.")] = 16

    def counts(self) -> tuple[int, int]:
        """Two rails."""
        return 2, self.rungs

    def wire(self, wiring) -> None:
        """Rung by rung."""
        wide = 2 * self.channels
        fine = coarse = None
        for stage in range(self.rungs):
            into_fine = [wiring.wire(fine or wiring.entry)]
            into_coarse = [wiring.wire(fine or wiring.entry, "patch_merge", channels=wide)]
            if coarse:
                into_fine.append(wiring.wire(coarse, "interp_conv3", channels=self.channels))
                into_coarse.append(wiring.wire(coarse))
            fine = wiring.block(f"fine{stage}", level=0, stage=stage, channels=self.channels, inputs=into_fine, cells=0)
            coarse = wiring.block(f"coarse{stage}", level=1, stage=stage, channels=wide, inputs=into_coarse, cells=1)
        wiring.output(fine, coarse)
