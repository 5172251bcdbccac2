"""depthwise_down: HRViT's way down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import archlab as al

if TYPE_CHECKING:
    from torch import nn


class DepthwiseDown(al.Link, frozen=True, kw_only=True):
    """One strided depth-wise convolution and a point-wise one, each with a batch norm, however far down."""

    type: ClassVar[str] = "nets_depthwise_down"

    def problems(self, x: al.FeatureMap, channels: int, steps: int) -> Iterator[al.Problem]:
        if steps <= 0 or len(x.size) == 3:
            hint = "Use conv_interp up, projection on a level, interp_conv1 on maps with depth."
            yield al.Problem(code="NETS5", message="it goes down, on maps without depth.", hint=hint)

    def out(self, x: al.FeatureMap, channels: int, steps: int) -> al.FeatureMap:
        reduction = 1 << steps
        return x.with_channels(channels).resized(-(-x.height // reduction), -(-x.width // reduction))

    def cost(self, x: al.FeatureMap, channels: int, steps: int) -> al.Cost:
        tape = al.Tape(x)
        r = 1 << steps
        y = tape.conv(tape.x, x.channels, (r + 1, r + 1), stride=r, padding=r // 2, groups=x.channels, bias=False)
        return tape.cost(tape.batch_norm(tape.conv(tape.batch_norm(y), channels, (1, 1))))

    def build(self, x: al.FeatureMap, channels: int, steps: int) -> nn.Module:
        from archlab_nets.depthwise_module import depthwise_down

        return depthwise_down(x.channels, channels, 1 << steps)
