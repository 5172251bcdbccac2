"""projection: other channels, same size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import conv_norm_activation, from_frames, to_frames
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.links.levels import LinkActivation, LinkNorm, link_norm_problems, wrong_direction
from archlab.parts.fields import Bias, NormEps, NormMomentum, Padding
from archlab.parts.link import Link

if TYPE_CHECKING:
    from torch import nn


class Projection(Link, frozen=True, kw_only=True):
    """1x1 or 3x3 convolution: other channels at the same size.

    Norm and activation follow where they are asked for, as in HRNet's transition to the width of its first branch.
    Without a norm, `norm_eps` and `norm_momentum` have no effect, and with a kernel of 1 `padding` has none.
    """

    type = "projection"
    icon = "M2 4l4 2v4l-4 2zM8 8h6M11 5l3 3l-3 3"
    samples = (*Link.samples, ("8x4x8x12", {"norm": "batch2d", "activation": "relu", "kernel": 3}))
    source = "He et al. 2016 (ResNet), projection shortcuts; Wang et al. 2020 (HRNet), transitions"

    kernel: Annotated[Literal[1, 3], Meta(description="Pixels that the convolution looks at along H and W.")] = 1
    padding: Padding = "mirror"
    bias: Bias = False
    norm: LinkNorm = "none"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1
    activation: LinkActivation = "none"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Another level, or a map too small to mirror its border or to normalise."""
        instead = {"down": "patch_merge, interp_conv1 or conv_stride", "up": "interp_conv1 or interp_conv3"}
        yield from wrong_direction("projection", steps, "same", instead)
        if self.kernel == 3 and self.padding == "mirror":
            yield from too_small(x, 2, "a 3x3 convolution")
        yield from link_norm_problems(self.norm, x)

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """The map with the channels asked for."""
        return x.with_channels(channels)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        out = conv_norm_activation(
            tape,
            frames,
            depth,
            channels,
            self.kernel,
            padding=self.padding,
            bias=self.bias,
            norm_name=self.norm,
            activation=self.activation,
        )
        return tape.cost(from_frames(tape, out, tape.x))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A convolution with the norm and the activation asked for."""
        from archlab.nn.conv_norm import ConvNormActivation

        return ConvNormActivation(
            x.channels,
            channels,
            size=x.dhw,
            kernel=self.kernel,
            padding=self.padding,
            bias=self.bias,
            norm=self.norm,
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
            activation=self.activation,
        )
