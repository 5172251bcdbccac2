"""Vision Transformer: groups of cells in a chain at one resolution."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from archlab.layouts.fields import Stages
from archlab.parts.layout import Layout
from archlab.parts.wiring import Wiring


class ViT(Layout, frozen=True, kw_only=True):
    """One resolution and one width from end to end, as in a Vision Transformer.

    Groups of cells `blocks0 ... blocks{G-1}` in a chain, each with an entry of `cells`; every group's map is an output,
    of which the document's `outputs` may choose some. Stride, width and extra tokens are those that the stem leaves:
    `patch_embed` for a published ViT. A net that reads extra tokens (`At`) and one that does not (`C2`, `L1`) differ in
    cells and stem only.
    """

    type: ClassVar[str] = "vit"
    source: ClassVar[str] = "Dosovitskiy et al. 2021 (ViT, arXiv 2010.11929), section 3.1"
    icon: ClassVar[str] = "M1 5h4v6h-4zM6 5h4v6h-4zM11 5h4v6h-4zM5 8h1M10 8h1"
    stage_field: ClassVar[str | None] = "groups"

    groups: Annotated[Stages, Meta(description="Groups of cells in the chain; each leaves a map")] = 1

    def counts(self) -> tuple[int, int]:
        """One level, as many stages as groups."""
        return 1, self.groups

    def wire(self, wiring: Wiring) -> None:
        """A block per group, each reading the one before as it is."""
        previous = wiring.entry
        for group in range(self.groups):
            previous = wiring.block(
                f"blocks{group}",
                level=0,
                stage=group,
                channels=wiring.entry_channels,
                inputs=[wiring.wire(previous)],
                cells=group,
                windows=wiring.plan.level(0),
            )
        wiring.output(*(f"blocks{group}" for group in range(self.groups)))
