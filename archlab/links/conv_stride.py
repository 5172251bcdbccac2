"""conv_stride: down by strided convolutions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.strided import strided_convolutions
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import too_small
from archlab.geometry.scaling import coarser
from archlab.links.levels import Dims, LinkActivation, LinkNorm, depth_problems, link_norm_problems, wrong_direction
from archlab.parts.fields import Bias, NormEps, NormMomentum, Padding
from archlab.parts.link import Link
from archlab.text.sentences import plural

if TYPE_CHECKING:
    from torch import nn


class ConvStride(Link, frozen=True, kw_only=True):
    """Down: a 3x3 convolution of stride 2, per step.

    With `dims` 3, a 3x3x3 convolution, which halves D as well. An odd axis halves to the larger integer. HRNet's links
    pad with zeros, have a batch norm after every step and a ReLU after all but the last, where the channels change.
    Without a norm, `norm_eps` and `norm_momentum` have no effect; without an activation, `last_activation` has none,
    and on a way of one step `change_channels` has none.
    """

    type = "conv_stride"
    icon = "M2 2h8v8h-8zM6 6h8v8h-8z"
    samples = (*Link.samples, ("8x4x8x12", {"norm": "batch2d", "activation": "relu"}))
    source = "Wang et al. 2020 (HRNet), section 3; by default without its norms"

    dims: Dims = 2
    padding: Padding = "mirror"
    bias: Bias = False
    norm: LinkNorm = "none"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1
    activation: LinkActivation = "none"
    last_activation: Annotated[bool, Meta(description="A non-linearity after the last step too.")] = True
    change_channels: Annotated[
        Literal["first", "last"],
        Meta(
            description="The step that goes from the channels of the source to those of the target; the steps before "
            "and after it keep theirs."
        ),
    ] = "first"

    def problems(self, x: FeatureMap, channels: int, steps: int) -> Iterator[Problem]:
        """Not downward, or a map too small to mirror its border or to normalise."""
        yield from wrong_direction("conv_stride", steps, "down", {"same": "projection", "up": "interp_conv3"})
        if steps <= 0:
            return
        smallest = 2 ** (steps - 1) + 1 if self.padding == "mirror" else 1
        kernel = "x".join("3" * self.dims)
        what = f"{plural(steps, f'{kernel} convolution')} of stride 2"
        yield from too_small(x, smallest, what)
        yield from depth_problems(self.dims, x, steps, smallest=smallest, what=what)
        yield from link_norm_problems(self.norm, self.out(x, channels, steps))

    def out(self, x: FeatureMap, channels: int, steps: int) -> FeatureMap:
        """Half the size per step, rounding up."""
        return coarser(x, channels, steps, ceil=True, dims=self.dims)

    def cost(self, x: FeatureMap, channels: int, steps: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(strided_convolutions(tape, self._widths(x, channels, steps), **self._steps_alike()))

    def build(self, x: FeatureMap, channels: int, steps: int) -> nn.Module:
        """A chain of `steps` strided convolutions with norm and activation."""
        from archlab.nn.strided import StridedConvolutions

        return StridedConvolutions(
            (x.channels, *self._widths(x, channels, steps)),
            [self.out(x, channels, step).dhw for step in range(1, steps + 1)],
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
            **self._steps_alike(),
        )

    def _widths(self, x: FeatureMap, channels: int, steps: int) -> tuple[int, ...]:
        """Channels after each step."""
        before = x.channels if self.change_channels == "last" else channels
        return (*(before,) * (steps - 1), channels)

    def _steps_alike(self) -> dict[str, Any]:
        """What module and closed form are both told of the steps."""
        return {
            "dims": self.dims,
            "padding": self.padding,
            "bias": self.bias,
            "norm": self.norm,
            "activation": self.activation,
            "last_activation": self.last_activation,
        }
