"""C2: the convolution cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab import trace
from archlab.options import PlainMixer, ResidualOptions
from archlab.spec.cost import Cost
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class Convolution(ResidualOptions, frozen=True, kw_only=True):
    """3x3 convolution, norm and activation on each frame, then a mixer.

    The cheapest way to look at a neighbourhood. It asks for maps of at least 2x2 pixels.
    """

    codes = {"C2": {}}
    family = "convolution"
    icon = "M2 2h12v12h-12zM6 2v12M10 2v12M2 6h12M2 10h12"
    source = "SNRAware (Xue et al. 2025, arXiv 2503.18162), STCNNT convolution module"

    mixer: PlainMixer = "conv"

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Always."""
        return True

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(
            trace.residual_cell(
                tape, width, self, lambda frames, depth: trace.conv_norm_activation(tape, frames, depth, width, self)
            )
        )

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around one convolution."""
        from archlab.nn.conv import ConvNormActivation
        from archlab.nn.residual import residual_cell

        conv = ConvNormActivation(x.channels, width, size=x.dhw, norm=self.norm, activation=self.activation)
        return residual_cell(x.channels, width, ("conv", conv), **self.residual_arguments(x))
