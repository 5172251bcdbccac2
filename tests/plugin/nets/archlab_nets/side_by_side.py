"""side_by_side: HRNetV2's representation."""

from __future__ import annotations

from typing import ClassVar

import archlab as al


class SideBySide(al.Neck, frozen=True, kw_only=True):
    """All outputs enlarged to the first, put behind one another and mixed by a 1x1 convolution, norm and ReLU."""

    type: ClassVar[str] = "nets_side_by_side"
    source: ClassVar[str] = "Wang et al. 2020 (HRNet), HRNetV2"

    def wire(self, wiring: al.Wiring, outputs: tuple[al.Output, ...]) -> tuple[al.Output, ...]:
        first = outputs[0]
        stage = 1 + max(output.stage for output in outputs)
        inputs = [wiring.wire(o.id, "identity" if o.level == first.level else "nets_enlarge") for o in outputs]
        pile = wiring.fusion("pile", level=first.level, stage=stage, inputs=inputs, merge="concat")
        mix = wiring.wire(
            pile,
            "projection",
            channels=sum(output.channels for output in outputs),
            fields={"bias": True, "norm": "batch2d", "activation": "relu"},
        )
        return wiring.read(wiring.fusion("mixed", level=first.level, stage=stage + 1, inputs=[mix]))
