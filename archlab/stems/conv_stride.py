"""conv_stride: strided convolutions before the backbone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from archlab import trace
from archlab.fitting import coarser
from archlab.options import Activation, Norm, too_small
from archlab.part import Stem
from archlab.spec.cost import Cost
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape

if TYPE_CHECKING:
    from torch import nn


class StridedStem(Stem, frozen=True, kw_only=True):
    """3x3 convolutions of stride 2 with norm and activation: half the size each."""

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    source = "Wang et al. 2020 (HRNet), section 3: two such steps"
    samples = (*Stem.samples, ("3x3x16x16", {"norm": "instance2d"}))

    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels that leave the stem.")] = 64
    steps: Annotated[int, Meta(ge=1, le=6, description="Convolutions of stride 2; each halves height and width.")] = 2
    norm: Annotated[Norm, Meta(description="Normalisation after each convolution.")] = "batch2d"
    activation: Annotated[Activation, Meta(description="Non-linearity after each norm.")] = "relu"

    def problems(self, x: FeatureMap) -> Iterator[Problem]:
        """An input too small for the steps."""
        what = f"{self.steps} convolution{'s' * (self.steps > 1)} of stride 2"
        yield from too_small(x, 2 ** (self.steps - 1) + 1, what, code="AL401")
        out = self.out(x)
        values = out.pixels if self.norm.endswith("3d") else out.height * out.width
        if self.norm.startswith("instance") and values < 2:
            yield Problem(
                code="AL402",
                field="norm",
                message=f"{self.norm} normalises over the pixels of a map and the stem leaves a single one.",
                hint='Use norm "layer", or fewer steps.',
            )

        if self.norm.startswith("batch") and out.pixels < 2:
            yield Problem(
                code="AL403",
                field="norm",
                severity="warning",
                message=f"{self.norm} on a map of a single pixel cannot train with one sample per batch.",
                hint='Use a batch of 2 or more, or norm "layer".',
            )

    def out(self, x: FeatureMap) -> FeatureMap:
        """Half the size per step, rounding up."""
        return coarser(x, self.channels, self.steps, ceil=True)

    def cost(self, x: FeatureMap) -> Cost:
        """Closed form."""
        tape = Tape(x)
        return tape.cost(
            trace.strided_stem(tape, self.channels, self.steps, norm_name=self.norm, activation=self.activation)
        )

    def build(self, x: FeatureMap) -> nn.Module:
        """A chain of convolution, norm and activation."""
        from archlab.nn import stem

        sizes = [coarser(x, self.channels, step + 1, ceil=True).dhw for step in range(self.steps)]
        return stem.StridedStem(x.channels, self.channels, sizes, norm=self.norm, activation=self.activation)
