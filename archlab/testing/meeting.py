"""A small layout in which maps meet at a node: what a merge is tried in."""

from __future__ import annotations

from typing import ClassVar

from archlab.parts.layout import Layout
from archlab.parts.wiring import Wiring


class Meeting(Layout, frozen=True, kw_only=True):
    """Two blocks side by side, whose maps meet by the merge of that word and enter a third."""

    type: ClassVar[str] = "meeting"
    merge: str = "sum"

    def counts(self) -> tuple[int, int]:
        """One level, two stages."""
        return 1, 2

    def wire(self, wiring: Wiring) -> None:
        """The two read the input; the third reads both."""
        sides = [
            wiring.block(name, level=0, stage=0, channels=8, inputs=[wiring.wire(wiring.entry)], cells=0)
            for name in ("left", "right")
        ]
        inputs = [wiring.wire(side) for side in sides]
        wiring.output(wiring.block("met", level=0, stage=1, channels=8, inputs=inputs, cells=0, merge=self.merge))
