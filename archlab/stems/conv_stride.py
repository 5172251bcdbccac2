"""conv_stride: strided convolutions before the backbone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.strided import strided_convolutions
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser
from archlab.parts.fields import ActivationOrNone, Bias, NormEps, NormMomentum, NormOrNone, Padding, norm_problems
from archlab.parts.stem import Stem
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn

MOST_STEPS = 6
Width = Annotated[int, Meta(ge=1, le=65536)]


class StridedStem(Stem, frozen=True, kw_only=True):
    """3x3 convolutions of stride 2 with norm and activation: half the size each.

    HRNet's stem is two of them with zeros beyond the border, HRViT's the same with a bias and half the channels after
    the first.
    """

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    source = "Wang et al. 2020 (HRNet), section 3: two such steps"
    samples = (*Stem.samples, ("3x3x16x16", {"norm": "instance2d"}))

    channels: Annotated[
        Width | Annotated[tuple[Width, ...], Meta(min_length=1, max_length=MOST_STEPS)],
        Meta(description="Channels after every convolution; or a list with one number per step."),
    ] = 64
    steps: Annotated[
        int, Meta(ge=1, le=MOST_STEPS, description="Convolutions of stride 2; each halves height and width.")
    ] = 2
    padding: Padding = "mirror"
    bias: Bias = False
    norm: Annotated[NormOrNone, Meta(description="Normalisation after each convolution.")] = "batch2d"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1
    activation: Annotated[ActivationOrNone, Meta(description="Non-linearity after each norm.")] = "relu"
    last_activation: Annotated[bool, Meta(description="A non-linearity after the last step too.")] = True

    def problems(self, x: FeatureMap) -> Iterator[Problem]:
        """Widths that are not one per step, and an input too small for the steps or for the norm."""
        if isinstance(self.channels, tuple) and len(self.channels) != self.steps:
            given = len(self.channels)
            yield Problem(
                code="AL404",
                field="channels",
                message=f"channels lists {plural(given, 'number')} for {plural(self.steps, 'step')}.",
                hint=f"Use steps {given}, or a list of {plural(self.steps, 'number')}.",
            )
        if self.padding == "mirror":
            what = f"{plural(self.steps, 'convolution')} of stride 2"
            yield from too_small(x, 2 ** (self.steps - 1) + 1, what, code="AL401")
        hint = 'Use norm "layer", or fewer steps.'
        yield from norm_problems(self.norm, self.out(x), single=("AL402", hint), batch="AL403", what="the stem")

    def out(self, x: FeatureMap) -> FeatureMap:
        """Half the size per step, rounding up."""
        return self._maps(x)[-1]

    def cost(self, x: FeatureMap) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(strided_convolutions(tape, self._widths(), **self._steps_alike()))

    def build(self, x: FeatureMap) -> nn.Module:
        """A chain of convolution, norm and activation."""
        from archlab.nn.strided import StridedConvolutions

        return StridedConvolutions(
            (x.channels, *self._widths()),
            [m.dhw for m in self._maps(x)],
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
            **self._steps_alike(),
        )

    def _widths(self) -> tuple[int, ...]:
        """Channels after each step; of a list of another length, which `problems` refuses, as many as there are."""
        given = self.channels if isinstance(self.channels, tuple) else (self.channels,)
        return (*given, *given[-1:] * self.steps)[: self.steps]

    def _maps(self, x: FeatureMap) -> list[FeatureMap]:
        """The map after each step."""
        return [coarser(x, width, step, ceil=True) for step, width in enumerate(self._widths(), 1)]

    def _steps_alike(self) -> dict[str, Any]:
        """What module and closed form are both told of the steps."""
        return {
            "padding": self.padding,
            "bias": self.bias,
            "norm": self.norm,
            "activation": self.activation,
            "last_activation": self.last_activation,
        }
