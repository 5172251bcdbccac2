"""conv_stride: strided convolutions before the backbone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import conv3x3, from_frames, norm, to_frames
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser
from archlab.parts.fields import Activation, Norm, norm_problems
from archlab.parts.stem import Stem
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class StridedStem(Stem, frozen=True, kw_only=True):
    """3x3 convolutions of stride 2 with norm and activation: half the size each."""

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    source = "Wang et al. 2020 (HRNet), section 3: two such steps"

    channels: Annotated[int, Meta(ge=1, le=65536, description="Channels that leave the stem.")] = 64
    steps: Annotated[int, Meta(ge=1, le=6, description="Convolutions of stride 2; each halves height and width.")] = 2
    norm: Annotated[Norm, Meta(description="Normalisation after each convolution.")] = "batch2d"
    activation: Annotated[Activation, Meta(description="Non-linearity after each norm.")] = "relu"

    def problems(self, x: FeatureMap) -> Iterator[Problem]:
        """An input too small for the steps."""
        what = f"{plural(self.steps, 'convolution')} of stride 2"
        yield from too_small(x, 2 ** (self.steps - 1) + 1, what, code="AL401")
        out = self.out(x)
        hint = 'Use norm "layer", or fewer steps.'
        yield from norm_problems(self.norm, out, single=("AL402", hint), batch="AL403", what="the stem")

    def out(self, x: FeatureMap) -> FeatureMap:
        """Half the size per step, rounding up."""
        return coarser(x, self.channels, self.steps, ceil=True)

    def cost(self, x: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(_play(tape, self.channels, self.steps, norm_name=self.norm, activation=self.activation))

    def build(self, x: FeatureMap) -> nn.Module:
        """A chain of convolution, norm and activation."""
        from archlab.stems import conv_stride_module

        sizes = [coarser(x, self.channels, step + 1, ceil=True).dhw for step in range(self.steps)]
        return conv_stride_module.StridedStem(
            x.channels, self.channels, sizes, norm=self.norm, activation=self.activation
        )


def _play(tape: Tape, channels: int, steps: int, *, norm_name: str, activation: str) -> Value:
    """Closed form of `conv_stride_module.StridedStem`: same operations, shapes only."""
    frames, depth = to_frames(tape, tape.x)
    for _ in range(steps):
        frames = norm(tape, conv3x3(tape, frames, channels, bias=False, stride=2), depth, norm_name)
        frames = tape.activation(frames, activation)
    return from_frames(tape, frames, tape.x)
