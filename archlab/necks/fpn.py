"""fpn: a feature pyramid, coarse maps added onto finer ones."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from archlab.parts.neck import Neck
from archlab.parts.wiring import Output, Wiring

CONVOLUTION: dict[str, Any] = {"code": "N2", "norm": "none", "activation": "none", "bias": True}


class FPN(Neck, frozen=True, kw_only=True):
    """Coarse maps added onto finer ones, all with equally many channels.

    Every output gets `channels` by a 1x1 convolution; from the coarsest on, the sum so far is enlarged by the nearest
    pixel and added to the next finer one (`sum{number}`), and a 3x3 convolution follows each (`pyramid{number}`).
    Number 0 is the first output.
    """

    type = "fpn"
    icon = "M2 3h5M2 8h5M2 13h5M9 3h5M9 8h5M9 13h5M11.5 13v-10"
    source = "Lin et al. 2017 (FPN, arXiv 1612.03144), section 3"
    samples = (("8x16x16", {"channels": 6}), ("8x3x8x12", {"channels": 6}))

    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels of every map that leaves.")] = 256

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        """From the coarsest output to the finest; what leaves is in order of the outputs."""
        stage = 1 + max(node.stage for node in wiring.nodes)
        pyramid: dict[int, str] = {}
        above, level = "", 0
        for number, output in sorted(enumerate(outputs), key=lambda one: (-one[1].level, -one[0])):
            inputs = [wiring.wire(output.id, "projection", channels=self.channels, fields={"bias": True})]
            if above and level == output.level:
                inputs.append(wiring.wire(above))
            elif above:
                inputs.append(wiring.wire(above, "resize", fields={"mode": "nearest", "size": "target"}))
            above, level = (
                wiring.fusion(wiring.unused(f"sum{number}"), level=output.level, stage=stage, inputs=inputs),
                output.level,
            )
            pyramid[number] = wiring.block(
                wiring.unused(f"pyramid{number}"),
                level=level,
                stage=stage + 1,
                channels=self.channels,
                inputs=[wiring.wire(above)],
                cells=None,
                before=(CONVOLUTION,),
            )
            stage += 1
        return wiring.read(*(pyramid[number] for number in range(len(outputs))))
