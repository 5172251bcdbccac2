"""C2, C3: the convolution cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, ClassVar, Self

from archlab.cells.convolution.cost import conv_norm_activation
from archlab.cells.convolution.page import convolution_page
from archlab.cells.residual import options as residual
from archlab.cells.residual.cost import residual_cell
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_depth
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell
from archlab.parts.part import Samples

if TYPE_CHECKING:
    from torch import nn


class ConvolutionCell(Cell, frozen=True, kw_only=True):
    """A residual cell around one convolution; the cells of this family differ in the axes that they look along."""

    mixer: residual.PlainMixer = "conv"
    mixer_ratio: residual.MixerRatio = 4.0
    mixer_kernel: residual.MixerKernel = 3
    arrangement: residual.Arrangement = "sequential"
    norm: residual.NormField = "instance2d"
    norm_eps: residual.NormEps = 1e-5
    norm_momentum: residual.NormMomentum = 0.1
    activation: residual.ActivationField = "prelu"
    drop_path: residual.DropPath = 0.1
    drop_path_rule: residual.DropPathRule = "constant"

    samples: ClassVar[Samples] = ("8x3x4x6", *Cell.samples)
    volumetric: ClassVar[bool] = False  # the convolution looks along D too

    def __init_subclass__(cls) -> None:
        """Write the texts of the page, which differ by the kernel."""
        super().__init_subclass__()
        convolution_page(volumetric=cls.volumetric).fill(cls)

    def placed(self, index: int, count: int) -> Self:
        """With the drop_path that its rule gives it at this place."""
        return residual.drop_path_placed(self, index, count)

    def costed(self) -> Self:
        """The cell without the drop_path of its place, which its cost does not depend on."""
        return residual.drop_path_costed(self)

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """What norm, convolutions and mixer do not admit."""
        yield from residual.residual_problems(self, x, convolution=True, mixer_features=width)

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        return residual.residual_inert(self, activates=True)

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixels that the kernel covers around `at`, as far as the map goes."""
        reach = (1 if self.volumetric else 0, 1, 1)
        spans = (range(max(i - k, 0), min(i + k + 1, n)) for i, k, n in zip(at, reach, x.dhw, strict=True))
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset((d, h, w) for d, h, w in product(*spans)))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape, deep = Tape(x), self.volumetric
        return tape.cost(
            residual_cell(
                tape,
                width,
                self,
                lambda frames, depth: conv_norm_activation(tape, frames, depth, width, self, volumetric=deep),
            )
        )

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around one convolution."""
        from archlab.cells.convolution.module import ConvNormActivation
        from archlab.cells.residual import module as shell

        conv = ConvNormActivation(
            x.channels,
            width,
            size=x.dhw,
            norm=self.norm,
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
            activation=self.activation,
            volumetric=self.volumetric,
        )
        return shell.residual_cell(x.channels, width, ("conv", conv), **residual.residual_arguments(self, x))


class Convolution(ConvolutionCell, frozen=True, kw_only=True):
    """3x3 convolution, norm and activation on each frame, then a mixer.

    The cheapest way to look at a neighbourhood. It asks for maps of at least 2x2 pixels.
    """

    codes = {"C2": {}}
    family = "convolution"
    icon = (
        "M8 5.5v5M5.5 8h5M2.5 2.5h.01M8 2.5h.01M13.5 2.5h.01M2.5 8h.01M13.5 8h.01M2.5 13.5h.01M8 13.5h.01M13.5 13.5h.01"
    )
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT convolution module"


class VolumeConvolution(ConvolutionCell, frozen=True, kw_only=True):
    """3x3x3 convolution, norm and activation across frames, then a mixer.

    It asks for maps of at least 2x2x2 pixels; the mixer looks at each frame by itself.
    """

    codes = {"C3": {}}
    family = "convolution"
    icon = "M2 5.5h8.5v8.5h-8.5zM2 5.5l3.5-3.5h8.5v8.5l-3.5 3.5M10.5 5.5l3.5-3.5M6.25 7.75v4M4.25 9.75h4"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT convolution module"
    volumetric = True

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """A single frame, which cannot be mirrored."""
        yield from super().problems(x, width)
        if x.depth == 1:
            yield Problem(
                code="AL204",
                message="a 3x3x3 convolution mirrors the border and needs at least two frames, this map has one.",
                hint=f"Use the code C2, or {larger_depth(x)}.",
            )
