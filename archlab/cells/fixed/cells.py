"""Ac, Ln, Pe: the cells that published nets have around their blocks."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import from_frames, norm, to_frames
from archlab.costing.tape import Tape
from archlab.document.feature_map import FeatureMap
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell
from archlab.parts.fields import Activation, NormEps
from archlab.parts.part import Samples

if TYPE_CHECKING:
    from torch import nn


class Activate(Cell, frozen=True, kw_only=True):
    """A non-linearity alone; channels and size stay.

    HRNet has a ReLU and HRViT a GELU behind the sum of every fusion.
    """

    codes = {"Ac": {}}
    family = "around blocks"
    icon = "M2 12h6l5-9"
    source = "Wang et al. 2020 (HRNet), section 3; Gu et al. 2022 (HRViT), section 3.1"
    formula = "y = act(x)"
    samples: ClassVar[Samples] = ("8x4x6", "8x3x4x6")

    activation: Annotated[Activation, Meta(description="Which non-linearity.")] = "relu"

    def out(self, x: FeatureMap, width: int) -> FeatureMap:
        """The map as it came."""
        return x

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixel itself."""
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset({at}))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(tape.activation(tape.x, self.activation))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """torch's own module."""
        from archlab.nn.activation import make_activation

        return make_activation(self.activation)


class NormChannels(Cell, frozen=True, kw_only=True):
    """LayerNorm of every pixel over its channels; channels and size stay.

    HRViT has one behind every block of cells.
    """

    codes = {"Ln": {}}
    family = "around blocks"
    icon = "M3 3h10M3 8h10M3 13h10M8 3v10"
    source = "Ba et al. 2016 (layer normalisation); Gu et al. 2022 (HRViT), section 3"
    formula = """\
y = (x - m) / sqrt(v + norm_eps) * weight + bias   # m, v: mean and variance of a pixel's channels"""
    samples: ClassVar[Samples] = ("8x4x6", "8x3x4x6")

    norm_eps: NormEps = 1e-5

    def out(self, x: FeatureMap, width: int) -> FeatureMap:
        """The map as it came."""
        return x

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixel itself."""
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset({at}))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        return tape.cost(from_frames(tape, norm(tape, frames, depth, "channel"), tape.x))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A LayerNorm with a weight and a bias per channel."""
        from archlab.cells.fixed.module import ChannelNorm

        return ChannelNorm(x.channels, self.norm_eps)


class EmbedPatches(Cell, frozen=True, kw_only=True):
    """1x1 and depth-wise 3x3 convolution, then LayerNorm over channels.

    Other channels at the same size. HRViT has one before every block of cells: there the channels of a branch change,
    and pixels learn their place.
    """

    codes = {"Pe": {}}
    family = "around blocks"
    icon = "M2 2h5v5h-5zM9 2h5v5h-5zM2 9h5v5h-5zM9 9h5v5h-5zM4.5 4.5h.01M11.5 4.5h.01M4.5 11.5h.01M11.5 11.5h.01"
    source = "Gu et al. 2022 (HRViT), section 3, patch embedding"
    formula = """\
y = LN(depthwise3x3(conv1x1(x)))               # both convolutions with bias, zeros beyond the border"""
    samples: ClassVar[Samples] = ("8x4x6", "8x3x4x6")

    norm_eps: NormEps = 1e-5

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The 3x3 pixels around `at`, as far as the map goes."""
        d, h, w = at
        near = product(range(max(h - 1, 0), min(h + 2, x.height)), range(max(w - 1, 0), min(w + 2, x.width)))
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset((d, row, column) for row, column in near))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        out = tape.conv(frames, width, (1, 1))
        out = tape.conv(out, width, (3, 3), padding=1, groups=width)
        return tape.cost(from_frames(tape, norm(tape, out, depth, "channel"), tape.x))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """Both convolutions and the norm."""
        from archlab.cells.fixed.module import PatchEmbedding

        return PatchEmbedding(x.channels, width, self.norm_eps)
