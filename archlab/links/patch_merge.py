"""patch_merge: down by folding squares or cubes of pixels into channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, norm, to_frames, volume
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.scaling import coarser
from archlab.links.levels import Dims, depth_problems, wrong_direction
from archlab.parts.fields import NormEps, PixelNorm
from archlab.parts.link import Link
from archlab.text.sizes import times

if TYPE_CHECKING:
    from torch import nn


class PatchMerge(Link, frozen=True, kw_only=True):
    """Down: 2x2 pixels side by side as channels, then a 1x1 convolution, per step.

    With `dims` 3, 2x2x2 pixels: 8 phases instead of 4, and D is halved as well. Every axis that is halved must be even.
    The phases are stacked column by column, each from top to bottom, and frame by frame. With norm "channel" the
    stacked pixels are normalised before each convolution: that is Swin's patch merging. Without, `norm_eps` has no
    effect.
    """

    type = "patch_merge"
    icon = "M2 2h5v5h-5zM9 2h5v5h-5zM2 9h5v5h-5zM9 9h5v5h-5z"
    source = "SNRAware (STCNNT) DownSample; Liu et al. 2021 (Swin), section 3.1"
    samples = (*Link.samples, ("8x4x8x12", {"norm": "channel"}))

    dims: Dims = 2
    norm: PixelNorm = "none"
    norm_eps: NormEps = 1e-5

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
        yield from depth_problems(self.dims, x, steps, even=True)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step."""
        return coarser(x, channels, steps, dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, channels, steps, dims=self.dims, norm_name=self.norm))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `steps` merges; the first changes the channels."""
        from archlab.links import patch_merge_module

        return patch_merge_module.PatchMerge(
            x.channels, channels, steps, dims=self.dims, norm=self.norm, norm_eps=self.norm_eps
        )


def _play(tape: Tape, channels: int, steps: int, *, dims: int, norm_name: str) -> Value:
    """Closed form of `patch_merge_module.PatchMerge`: same operations, shapes only."""
    frames, depth = to_frames(tape, tape.x)
    for _ in range(steps):
        n, c, h, w = frames.shape
        if dims == 2:
            phases = tape.permute(tape.reshape(frames, n, c, h // 2, 2, w // 2, 2), 0, 5, 3, 1, 2, 4)
        else:
            b, d = n // depth, depth // 2
            cubes = tape.reshape(frames, b, d, 2, c, h // 2, 2, w // 2, 2)
            phases, n, depth = tape.permute(cubes, 0, 1, 2, 7, 5, 3, 4, 6), b * d, d
        stacked = tape.reshape(phases, n, 2**dims * c, h // 2, w // 2)
        if norm_name != "none":
            stacked = norm(tape, stacked, depth, norm_name)
        frames = tape.conv(stacked, channels, (1, 1), bias=False)
    return volume(tape, frames, depth) if dims == 3 else from_frames(tape, frames, tape.x)
