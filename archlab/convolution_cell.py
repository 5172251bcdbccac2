"""What the convolution cells are made of: they differ in the axes that they look along."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, ClassVar

from archlab import trace
from archlab.grouping import Sight, Triple
from archlab.options import PlainMixer, ResidualOptions
from archlab.options.pages import convolution_page
from archlab.part import Samples
from archlab.spec.cost import Cost
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class ConvolutionCell(ResidualOptions, frozen=True, kw_only=True):
    """A residual cell around one convolution."""

    samples: ClassVar[Samples] = ("8x3x4x6", *ResidualOptions.samples)

    mixer: PlainMixer = "conv"

    volumetric: ClassVar[bool] = False
    activates = True

    def __init_subclass__(cls) -> None:
        """Write the texts of the page."""
        super().__init_subclass__()
        convolution_page(volumetric=cls.volumetric).fill(cls)

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Always."""
        return True

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixels around it."""
        reach = (1 if self.volumetric else 0, 1, 1)
        spans = (range(max(i - k, 0), min(i + k + 1, n)) for i, k, n in zip(at, reach, x.dhw, strict=True))
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset((d, h, w) for d, h, w in product(*spans)))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """Closed form."""
        tape, deep = Tape(x), self.volumetric
        return tape.cost(
            trace.residual_cell(
                tape,
                width,
                self,
                lambda frames, depth: trace.conv_norm_activation(tape, frames, depth, width, self, volumetric=deep),
            )
        )

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around one convolution."""
        from archlab.nn.conv import ConvNormActivation
        from archlab.nn.residual import residual_cell

        conv = ConvNormActivation(
            x.channels, width, size=x.dhw, norm=self.norm, activation=self.activation, volumetric=self.volumetric
        )
        return residual_cell(x.channels, width, ("conv", conv), **self.residual_arguments(x))
