"""interp_cells: up or down by interpolation, then a string of cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.resample import resize
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser, finer
from archlab.links.levels import Dims, Meets, Mode, Size, arriving, depth_problems, target_size, wrong_direction
from archlab.parts.link import Link
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class InterpCells(Link, frozen=True, kw_only=True):
    """Up or down: interpolation straight to the target's size, then cells.

    The cells map the source's channels to the target's, at the target's size and with its windows; their options are
    settled as those of a block, from the document's `options` and `code_options`. They stand in sequence: `dense` and
    `checkpoint` are of blocks alone.
    """

    type = "interp_cells"
    icon = "M2 14h4v-4h-4zM8 2h6v6h-6zM11 2v6M8 5h6M5 8l3-3M9 12h1M11 12h1M13 12h1"
    source = "SNRAware (arXiv 2503.18162), description of its HRNet: interpolation with TLG attention"
    carries_cells = True

    dims: Dims = 2
    mode: Mode = "linear"
    size: Size = "steps"
    cells: Annotated[str, Meta(description="Cell string behind the interpolation, such as T1L1G1.")] = "T1L1G1"

    @property
    def meets_size(self) -> bool:
        """By its field `size`."""
        return self.size == "target"

    def problems(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Iterator[Problem]:
        """No change of level, or a map too small for it."""
        yield from wrong_direction("interp_cells", steps, "down up", {"same": "projection or identity"})
        if steps > 0:
            yield from too_small(x, 2**steps, plural(steps, "halving"))
        yield from depth_problems(self.dims, x, steps, smallest=2 ** max(steps, 0), what=plural(steps, "halving"))

    def out(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> FeatureMap:
        """The map that the cells read: 2**-steps of the size, rounding down, or that of what it meets."""
        return arriving(self._stepped(x, steps), self.size, self.dims, meets)

    def cost(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Cost:
        """The cost of the interpolation, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, self.out(x, channels, steps, meets).size, self.mode, dims=self.dims))

    def build(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> nn.Module:
        """The interpolation."""
        from archlab.nn.resample.resize_map import ResizeMap

        target = target_size(self._stepped(x, steps), self.size, self.dims, meets)
        return ResizeMap(steps, dims=self.dims, mode=self.mode, target=target)

    def _stepped(self, x: FeatureMap, steps: int) -> FeatureMap:
        if steps > 0:
            return coarser(x, x.channels, steps, dims=self.dims)
        return finer(x, x.channels, -steps, dims=self.dims)


def _play(tape: Tape, size: Sequence[int], mode: str, *, dims: int = 2) -> Value:
    """Closed form of `nn.resample.resize_map.ResizeMap` to `size`, ([D,] H, W)."""
    if dims == 3:
        return resize(tape, tape.x, size, mode)
    frames, _ = to_frames(tape, tape.x)
    return from_frames(tape, resize(tape, frames, size[-2:], mode), tape.x)
