"""interp_conv1, interp_conv3: up or down by interpolation and convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from archlab.costing.cost import Cost
from archlab.costing.frames import conv_of, from_frames, to_frames
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


class InterpConv(Link, frozen=True, kw_only=True):
    """Interpolation to twice or half the size, then a convolution at the new size, per step."""

    kernel: ClassVar[int]

    dims: Dims = 2
    mode: Mode = "linear"
    size: Size = "steps"

    @property
    def meets_size(self) -> bool:
        """By its field `size`."""
        return self.size == "target"

    def problems(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Iterator[Problem]:
        """No change of level, or a map too small for it."""
        yield from wrong_direction(self.type, steps, "down up", {"same": "projection or identity"})
        if steps > 0:
            smallest = 2 if self.kernel == 3 else 1  # a 3x3 convolution mirrors the border
            convolutions = f" and {'x'.join('3' * self.dims)} convolutions" if self.kernel == 3 else ""
            what = plural(steps, "halving") + convolutions
            yield from too_small(x, smallest * 2**steps, what)
            yield from depth_problems(self.dims, x, steps, smallest=smallest * 2**steps, what=what)
        else:
            yield from depth_problems(self.dims, x, steps)
        if self.kernel == 3 and self.meets_size and meets is not None and len(x.size) >= self.dims:
            there = self.out(x, channels, steps, meets)
            yield from too_small(there, 2, "a 3x3 convolution")
            yield from depth_problems(self.dims, there, 1, smallest=2, what="a 3x3x3 convolution")

    def out(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> FeatureMap:
        """Half (rounding down) or twice the size per step, or the size of what it meets."""
        return arriving(self._stepped(x, channels, steps), self.size, self.dims, meets)

    def cost(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape, last = Tape(x), self.out(x, channels, steps, meets).size[-self.dims :]
        maps = tape.x if self.dims == 3 else to_frames(tape, tape.x)[0]
        for left in reversed(range(abs(steps))):
            size = [n // 2 if steps > 0 else 2 * n for n in maps.shape[2:]] if left else last
            maps = conv_of(tape, resize(tape, maps, size, self.mode), channels, self.kernel, bias=False)
        return tape.cost(maps if self.dims == 3 else from_frames(tape, maps, tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> nn.Module:
        """A chain of `abs(steps)` interpolations and convolutions; the first changes the channels."""
        from archlab.links import interp_conv_module

        return interp_conv_module.InterpConv(
            x.channels,
            channels,
            abs(steps),
            kernel=self.kernel,
            up=steps < 0,
            dims=self.dims,
            mode=self.mode,
            target=target_size(self._stepped(x, channels, steps), self.size, self.dims, meets),
        )

    def _stepped(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        if steps > 0:
            return coarser(x, channels, steps, dims=self.dims)
        return finer(x, channels, -steps, dims=self.dims)


class InterpConv1(InterpConv, frozen=True, kw_only=True):
    """Up or down, per step: interpolation by a factor of 2, 1x1 convolution.

    Bilinear, trilinear with `dims` 3, or as `mode` says; an odd axis halves to the smaller integer.
    """

    type = "interp_conv1"
    icon = "M2 14h4v-4h-4zM8 8h6v-6h-6zM5 8l3-3"
    source = "SNRAware (STCNNT) UpSample, with 1x1 convolutions as its description has it"
    kernel = 1


class InterpConv3(InterpConv, frozen=True, kw_only=True):
    """Up or down, per step: interpolation by a factor of 2, 3x3 convolution.

    Bilinear with 3x3, trilinear with 3x3x3 (`dims` 3), or as `mode` says; an odd axis halves to the smaller integer.
    The three modes are SNRAware's `upsample_method` linear, NN and bspline.
    """

    type = "interp_conv3"
    icon = "M2 14h4v-4h-4zM8 8h6v-6h-6zM10 2v6M12 2v6M8 4h6M8 6h6"
    source = "SNRAware (STCNNT) UpSample"
    kernel = 3
