"""topdown: a neck that adds coarse maps onto finer ones."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

import archlab as al


class TopDown(al.Neck, frozen=True, kw_only=True):
    """Coarse maps added onto finer ones, all with equally many channels."""

    type = "topdown"
    icon = "M2 3h12M2 8h12M2 13h12M8 13v-10"
    source = "Lin et al. 2017 (FPN), section 3, without the last convolutions"

    channels: Annotated[int, Meta(ge=1, le=4096, description="Channels of every map that leaves.")] = 16

    def wire(self, wiring, outputs):
        """From the coarsest output to the finest."""
        stage = 1 + max(node.stage for node in wiring.nodes)
        made, above = [], None
        for output in sorted(outputs, key=lambda output: -output.level):
            inputs = [wiring.wire(output.id, "projection", channels=self.channels)]
            if above:
                kind = "interp_conv1" if above.level > output.level else "identity"
                inputs.append(wiring.wire(above.id, kind, channels=self.channels))
            id = f"P{output.level}_{len(made)}"
            wiring.fusion(id, level=output.level, stage=stage + len(made), inputs=inputs)
            (above,) = wiring.read(id)
            made.append(above)
        return tuple(reversed(made))
