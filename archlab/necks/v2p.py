"""v2p: HRNetV2p's pyramid, made of all outputs at once."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from archlab.parts.neck import Neck
from archlab.parts.wiring import Output, Wiring

CONVOLUTION: dict[str, Any] = {"code": "N2", "norm": "none", "activation": "none", "bias": True}
FIT: dict[str, Any] = {"size": "target"}  # odd sizes come back exactly


class V2P(Neck, frozen=True, kw_only=True):
    """All outputs side by side at the finest size, then pooled to a pyramid.

    Bilinear interpolation brings every output to the size of the finest, a 1x1 convolution mixes them to `channels`
    (`pile`, `mixed`). From level to level the mean of 2x2 pixels makes the next map (`pool{level}`), and a 3x3
    convolution follows each (`pyramid{level}`). One map leaves per level of the outputs, the finest first.
    """

    type = "v2p"
    icon = "M2 2h5v12h-5zM3.7 2v12M5.3 2v12M9 3h5M9 8h3.5M9 13h2"
    source = "Wang et al. 2020 (HRNet, arXiv 1908.07919), section 3, HRNetV2p"
    samples = (("8x16x16", {"channels": 6}), ("8x3x8x12", {"channels": 6}))

    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels of every map that leaves.")] = 256

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        """The outputs side by side and mixed, and a map per level made of that."""
        outputs = tuple(sorted(outputs, key=lambda output: output.level))
        first = outputs[0].level
        stage = 1 + max(node.stage for node in wiring.nodes)
        inputs = [wiring.wire(o.id) if o.level == first else wiring.wire(o.id, "resize", fields=FIT) for o in outputs]
        pile = wiring.fusion(wiring.unused("pile"), level=first, stage=stage, inputs=inputs, merge="concat")
        mix = wiring.wire(pile, "projection", channels=self.channels, fields={"bias": True})
        pooled, above, pyramid = wiring.unused("mixed"), mix, []
        for level in range(first, outputs[-1].level + 1):
            stage += 1
            here = wiring.fusion(pooled, level=level, stage=stage, inputs=[above])
            pooled, above = wiring.unused(f"pool{level + 1}"), wiring.wire(here, "resize")
            if level in {output.level for output in outputs}:
                pyramid.append(
                    wiring.block(
                        wiring.unused(f"pyramid{level}"),
                        level=level,
                        stage=stage + 1,
                        channels=self.channels,
                        inputs=[wiring.wire(here)],
                        cells=None,
                        before=(CONVOLUTION,),
                    )
                )
        return wiring.read(*pyramid)
