"""patch_embed: the image cut into patches, each a vector, before the backbone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, norm, to_frames
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.fields import NormEps, PixelNorm
from archlab.parts.stem import Stem
from archlab.text.sizes import times

if TYPE_CHECKING:
    from torch import nn


class PatchEmbed(Stem, frozen=True, kw_only=True):
    """A convolution by which each patch of the image becomes one pixel.

    Its kernel and stride are the patch; each frame is by itself. Swin's patches have 4x4 pixels, and a layer norm
    behind them; without a norm, `norm_eps` has no effect.
    """

    type = "patch_embed"
    icon = "M2 2h5v5h-5zM9 2h5v5h-5zM2 9h5v5h-5zM9 9h5v5h-5zM4 4.5h1M11 4.5h1M4 11.5h1M11 11.5h1"
    source = "Dosovitskiy et al. 2021 (ViT), section 3.1; Liu et al. 2021 (Swin), section 3.1"
    samples = ("3x16x16", ("3x3x16x24", {"patch": 8, "norm": "none", "bias": False}))

    patch: Annotated[int, Meta(ge=1, le=256, description="Pixels of a patch along height and along width.")] = 4
    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels that leave the stem.")] = 96
    bias: Annotated[bool, Meta(description="A bias per channel in the convolution.")] = True
    norm: PixelNorm = "channel"
    norm_eps: NormEps = 1e-5

    def problems(self, x: FeatureMap) -> Iterator[Problem]:
        """Sizes that the patch does not divide."""
        if x.height % self.patch or x.width % self.patch:
            low = [max(n // self.patch, 1) * self.patch for n in x.size[-2:]]
            high = [-(-n // self.patch) * self.patch for n in x.size[-2:]]
            sizes = dict.fromkeys(times(size) for size in (low, high))
            yield Problem(
                code="AL405",
                field="patch",
                message=f"{x.height}x{x.width} cannot be cut into patches of {self.patch}x{self.patch}.",
                hint=f"Use an input of {' or '.join(sizes)}, or another patch.",
            )

    def out(self, x: FeatureMap) -> FeatureMap:
        """One pixel per patch."""
        height, width = (max(n // self.patch, 1) for n in x.size[-2:])
        return x.resized(height, width).with_channels(self.channels)

    def cost(self, x: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        out = tape.conv(frames, self.channels, (self.patch,) * 2, stride=self.patch, bias=self.bias)
        if self.norm != "none":
            out = norm(tape, out, depth, self.norm)
        return tape.cost(from_frames(tape, out, tape.x))

    def build(self, x: FeatureMap) -> nn.Module:
        """A convolution, and a norm where it is asked for."""
        from archlab.stems import patch_embed_module

        return patch_embed_module.PatchEmbed(
            x.channels, self.channels, patch=self.patch, bias=self.bias, norm=self.norm, norm_eps=self.norm_eps
        )
