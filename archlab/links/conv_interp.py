"""conv_interp: up by a 1x1 convolution at the low resolution, then interpolation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archlab.costing.cost import Cost
from archlab.costing.frames import conv_norm_activation, from_frames, to_frames, volume
from archlab.costing.resample import resize
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.scaling import finer
from archlab.links.levels import (
    Dims,
    LinkNorm,
    Meets,
    Mode,
    Size,
    arriving,
    depth_problems,
    link_norm_problems,
    target_size,
    wrong_direction,
)
from archlab.parts.fields import Bias, NormEps, NormMomentum
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class ConvInterp(Link, frozen=True, kw_only=True):
    """Up: 1x1 convolution and norm at the low resolution, then interpolation.

    The map is brought to its size in one go, however many levels there are between them. HRNet's fusions go up like
    this, HRViT's with a bias; for segmentation HRNet's go to the `size` of the target. With `dims` 3, D grows too.
    Without a norm, `norm_eps` and `norm_momentum` have no effect.
    """

    type = "conv_interp"
    icon = "M2 14h4v-4h-4zM8 8h6v-6h-6zM5 8l3-3M2 4h3M3.5 2.5v3"
    samples = (*Link.samples, ("8x4x8x12", {"norm": "none"}))
    source = "Wang et al. 2020 (HRNet), section 3, fusion; Gu et al. 2022 (HRViT)"

    dims: Dims = 2
    mode: Mode = "nearest"
    size: Size = "steps"
    bias: Bias = False
    norm: LinkNorm = "batch2d"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1

    @property
    def meets_size(self) -> bool:
        """By its field `size`."""
        return self.size == "target"

    def problems(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Iterator[Problem]:
        """Not upward, or a map too small to normalise."""
        instead = {"same": "projection", "down": "conv_stride, interp_conv1 or patch_merge"}
        yield from wrong_direction("conv_interp", steps, "up", instead)
        yield from depth_problems(self.dims, x, steps)
        yield from link_norm_problems(self.norm, x)

    def out(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> FeatureMap:
        """Twice the size per step, or the size of what it meets."""
        return arriving(self._stepped(x, channels, steps), self.size, self.dims, meets)

    def cost(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        frames = conv_norm_activation(tape, frames, depth, channels, 1, bias=self.bias, norm_name=self.norm)
        size = self.out(x, channels, steps, meets).size[-self.dims :]
        if self.dims == 3:
            return tape.cost(resize(tape, volume(tape, frames, depth), size, self.mode))
        return tape.cost(from_frames(tape, resize(tape, frames, size, self.mode), tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int, meets: Meets = None) -> nn.Module:
        """A 1x1 convolution, its norm, and the interpolation."""
        from archlab.links.conv_interp_module import ConvInterp as Module

        return Module(
            x.channels,
            channels,
            -steps,
            size=x.dhw,
            dims=self.dims,
            mode=self.mode,
            target=target_size(self._stepped(x, channels, steps), self.size, self.dims, meets),
            bias=self.bias,
            norm=self.norm,
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
        )

    def _stepped(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        return finer(x, channels, max(-steps, 0), dims=self.dims)
