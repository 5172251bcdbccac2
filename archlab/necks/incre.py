"""incre: every output widened by a bottleneck of its own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from archlab.parts.neck import Neck
from archlab.parts.wiring import Output, Wiring

Width = Annotated[int, Meta(ge=1, le=65536)]


class Incre(Neck, frozen=True, kw_only=True):
    """A bottleneck on every output, so that coarse maps get more channels.

    The feature maps that timm returns of its HRNets by default are these. Outputs beyond the list of channels get its
    last number.
    """

    type = "incre"
    icon = "M2 3h3v2h-3zM2 7h5v2h-5zM2 11h8v2h-8zM12 3v10"
    source = "Wang et al. 2020 (HRNet, arXiv 1908.07919), appendix: the first layer of the head for classification"

    samples = (("8x16x16", {"channels": (8, 12)}), ("8x3x8x12", {"channels": (8, 12)}))

    channels: Annotated[
        tuple[Width, ...],
        Meta(min_length=1, max_length=12, description="Channels of each output, the finest first."),
    ] = (128, 256, 512, 1024)

    def wire(self, wiring: Wiring, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        """A block with a bottleneck per output."""
        stage = 1 + max(node.stage for node in wiring.nodes)
        wide = [
            wiring.block(
                wiring.unused(f"wide{number}"),
                level=output.level,
                stage=stage,
                channels=self.channels[min(number, len(self.channels) - 1)],
                inputs=[wiring.wire(output.id)],
                cells=None,
                before=("K2",),
            )
            for number, output in enumerate(outputs)
        ]
        return wiring.read(*wide)
