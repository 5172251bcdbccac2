"""maxpool: down by the largest of neighbouring pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser
from archlab.links.levels import Dims, depth_problems, wrong_direction
from archlab.parts.link import Link
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class MaxPool(Link, frozen=True, kw_only=True):
    """Down: the largest of 2x2 pixels, per step.

    With `dims` 3, of 2x2x2 pixels. An odd axis halves to the smaller integer. Pooling keeps the channels and learns
    nothing; only where the target asks for another number of channels, a 1x1 convolution without bias follows.
    """

    type = "maxpool"
    icon = "M2 2h12v12h-12zM8 2v12M2 8h12M4 4h2v2h-2z"
    samples = ("8x9x8", "8x2x4x8")
    source = "Ronneberger et al. 2015 (U-Net, arXiv 1505.04597), section 2"

    dims: Dims = 2

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or a map with too few pixels."""
        instead = {"same": "projection or identity", "up": "transposed, interp_conv3 or interp_conv1"}
        yield from wrong_direction("maxpool", steps, "down", instead)
        if steps > 0:
            what = plural(steps, "halving")
            yield from too_small(x, 2**steps, what)
            yield from depth_problems(self.dims, x, steps, smallest=2**steps, what=what)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step, rounding down."""
        return coarser(x, channels, steps, dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        maps = tape.x if self.dims == 3 else to_frames(tape, tape.x)[0]
        maps = tape.max_pool(maps, (2**steps,) * self.dims)
        if channels != x.channels:
            maps = tape.conv(maps, channels, (1,) * self.dims, bias=False)
        return tape.cost(maps if self.dims == 3 else from_frames(tape, maps, tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """The pooling, and a convolution where the channels change."""
        from archlab.links import maxpool_module

        return maxpool_module.MaxPool(x.channels, channels, steps, dims=self.dims)
