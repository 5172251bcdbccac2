"""resize: up or down by interpolation alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.resample import resize
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser, finer
from archlab.links.levels import Dims, Meets, Mode, Size, arriving, depth_problems, target_size, wrong_direction
from archlab.parts.link import Link
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class ResizeLink(Link, frozen=True, kw_only=True):
    """Up or down by interpolation alone; channels stay.

    It learns nothing. HRNetV2 brings the maps of its coarser levels up like this before it puts them side by side.
    """

    type = "resize"
    icon = "M2 14h4v-4h-4zM8 8h6v-6h-6zM5 11l6-6"
    samples = ("8x16x16", "8x4x8x12")
    source = "Wang et al. 2020 (HRNet), HRNetV2: maps of all levels at the size of the finest"

    dims: Dims = 2
    mode: Mode = "linear"
    size: Size = "steps"

    @property
    def meets_size(self) -> bool:
        """By its field `size`."""
        return self.size == "target"

    def problems(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Iterator[Problem]:
        """No change of level, another number of channels, or a map too small for it."""
        yield from wrong_direction(self.type, steps, "down up", {"same": "identity"})
        if x.channels != channels and steps:
            yield Problem(
                code="AL303",
                message=f"resize keeps its {x.channels} channels, the target asks for {channels}.",
                hint=f"Use {'conv_interp or interp_conv1' if steps < 0 else 'interp_conv1 or conv_stride'}.",
            )
        what = plural(max(steps, 0), "halving")
        if steps > 0:
            yield from too_small(x, 2**steps, what)
        yield from depth_problems(self.dims, x, steps, smallest=2 ** max(steps, 0), what=what)

    def out(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> FeatureMap:
        """Half (rounding down) or twice the size per step, or the size of what it meets; channels stay."""
        return arriving(self._stepped(x, steps), self.size, self.dims, meets)

    def cost(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        size = self.out(x, channels, steps, meets).size[-self.dims :]
        if self.dims == 3:
            return tape.cost(resize(tape, tape.x, size, self.mode))
        frames, _ = to_frames(tape, tape.x)
        return tape.cost(from_frames(tape, resize(tape, frames, size, self.mode), tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> nn.Module:
        """The interpolation, in one go."""
        from archlab.nn.resample.resize_map import ResizeMap

        target = target_size(self._stepped(x, steps), self.size, self.dims, meets)
        return ResizeMap(steps, dims=self.dims, mode=self.mode, target=target)

    def _stepped(self, x: FeatureMap, steps: int) -> FeatureMap:
        if steps > 0:
            return coarser(x, x.channels, steps, dims=self.dims)
        return finer(x, x.channels, -steps, dims=self.dims)
