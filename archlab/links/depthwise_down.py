"""depthwise_down: down by one depth-wise strided convolution, however far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, norm, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.scaling import coarser
from archlab.links.levels import LinkNorm, link_norm_problems, wrong_direction
from archlab.parts.fields import NormEps, NormMomentum
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class DepthwiseDown(Link, frozen=True, kw_only=True):
    """Down, however far: one depth-wise convolution, then a 1x1 convolution.

    A norm follows each of them. Over several levels the depth-wise convolution has a larger stride, r = 2 to the number
    of levels, and a kernel of r + 1 pixels, so that a way over three levels is one operation where `conv_stride` has
    three. HRViT's fusions go down like this. Without a norm, `norm_eps` and `norm_momentum` have no effect.
    """

    type = "depthwise_down"
    icon = "M2 2h8v8h-8zM10 10h4v4h-4zM6 6l6 6"
    samples = ("8x16x16", ("8x3x9x15", {"norm": "none"}))
    source = "Gu et al. 2022 (HRViT), section 3.1, cross-resolution fusion"

    norm: LinkNorm = "batch2d"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or a map that leaves too few pixels to normalise."""
        yield from wrong_direction("depthwise_down", steps, "down", {"same": "projection", "up": "conv_interp"})
        yield from link_norm_problems(self.norm, self.out(x, channels, steps))

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step, rounding up."""
        return coarser(x, channels, steps, ceil=True)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        r = 2**steps
        out = tape.conv(frames, x.channels, (r + 1, r + 1), stride=r, padding=r // 2, groups=x.channels, bias=False)
        out = tape.conv(self._normed(tape, out, depth), channels, (1, 1))
        return tape.cost(from_frames(tape, self._normed(tape, out, depth), tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """Both convolutions with their norms."""
        from archlab.links.depthwise_down_module import DepthwiseDown as Module

        return Module(
            x.channels,
            channels,
            2**steps,
            size=self.out(x, channels, steps).dhw,
            norm=self.norm,
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
        )

    def _normed(self, tape: Tape, frames: Value, depth: int) -> Value:
        return frames if self.norm == "none" else norm(tape, frames, depth, self.norm)
