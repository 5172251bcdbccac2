"""patch_merge: down by folding squares or cubes of pixels into channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab import trace
from archlab.fitting import coarser
from archlab.options import LevelLink, wrong_direction
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape
from archlab.text.sizes import times

if TYPE_CHECKING:
    from torch import nn


class PatchMerge(LevelLink, frozen=True, kw_only=True):
    """Down: 2x2 pixels side by side as channels, then a 1x1 convolution, per step.

    With `dims` 3, 2x2x2 pixels: 8 phases instead of 4, and D is halved as well. Every axis that is halved must be even.
    The phases are stacked column by column, each from top to bottom, and frame by frame.
    """

    type = "patch_merge"
    icon = "M2 2h5v5h-5zM9 2h5v5h-5zM2 9h5v5h-5zM9 9h5v5h-5z"
    source = "SNRAware (STCNNT) DownSample; Liu et al. 2021 (Swin), section 3.1"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or sizes that do not halve."""
        instead = {"same": "projection or identity", "up": "interp_conv3 or interp_conv1"}
        yield from wrong_direction("patch_merge", steps, "down", instead)
        factor = 2 ** max(steps, 0)
        if x.height % factor or x.width % factor:
            sizes = [max(round(n / factor), 1) * factor * s for n, s in zip(x.size[-2:], x.stride, strict=True)]
            yield Problem(
                code="AL301",
                message=f"{x.height}x{x.width} cannot be halved {steps} time{'s' if steps > 1 else ''} without a rest.",
                hint=f"Use an input of {times(sizes)}.",
            )
        yield from self.depth_problems(x, steps, even=True)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step."""
        return coarser(x, channels, steps, dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(trace.patch_merge(tape, channels, steps, dims=self.dims))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `steps` merges; the first changes the channels."""
        from archlab.nn import resample

        return resample.PatchMerge(x.channels, channels, steps, dims=self.dims)
