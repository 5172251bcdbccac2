"""N2: a convolution, its norm and its activation, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from archlab.costing.cost import Cost
from archlab.costing.frames import conv_norm_activation, from_frames, to_frames
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_input
from archlab.geometry.scaling import coarser
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell
from archlab.parts.fields import ActivationOrNone, Bias, NormEps, NormMomentum, NormOrNone, norm_problems

if TYPE_CHECKING:
    from torch import nn


class PlainConvolution(Cell, frozen=True, kw_only=True):
    """Convolution, norm and activation on each frame, as in a U-Net.

    Nothing is added to what the convolution gives: the cell has no shortcut and no mixer. A stride of 2 halves H and W,
    rounding up; a block of such cells leaves the row of the lattice that it stands in.
    """

    codes = {"N2": {}}
    family = "plain"
    icon = "M2.5 5h11v6h-11zM6.2 5v6M9.8 5v6M1 8h1.5M13.5 8h1.5"
    source = "Ronneberger et al. 2015 (U-Net, arXiv 1505.04597), section 2; norm: Ioffe and Szegedy 2015, section 3.2"
    samples = ("8x2x5x6", "8x6x9", ("8x9x7", {"kernel": 5, "stride": 2, "norm": "instance2d"}))
    formula = """\
c = conv(x)                                    # kernel x kernel, every stride-th pixel
y = act(N(c))                                  # norm "none": y = act(c); activation "none": y = N(c)"""
    cost_formula = """\
# C_in, C_out channels; D frames of H x W pixels; one sample; [condition] is 1 or 0
T = ceil(H/stride)*ceil(W/stride)              # pixels of a frame that leaves
pixelwise = 2*T*[norm == "layer"] + 2*D*T*[norm == "layer3d"]
w = pixelwise + 2*[norm in ("batch2d", "batch3d", "channel")]

# Parameters
weights = kernel*kernel*C_in*C_out + [bias]*C_out
params = weights + w*C_out + [activation == "prelu"]

# MACs
macs = kernel*kernel*C_in*C_out*D*T"""

    kernel: Annotated[Literal[1, 3, 5, 7], Meta(description="Pixels that the convolution looks at along H and W.")] = 3
    stride: Annotated[
        Literal[1, 2], Meta(description="Pixels from one place of the kernel to the next; 2 halves H and W.")
    ] = 1
    padding: Annotated[
        Literal["mirror", "zeros"],
        Meta(
            description="What the convolution sees beyond the border: zeros, or the map mirrored there, which needs "
            "more pixels along H and W than half the kernel."
        ),
    ] = "zeros"
    bias: Bias = False
    norm: Annotated[NormOrNone, Meta(description="Normalisation after the convolution.")] = "batch2d"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1
    activation: Annotated[ActivationOrNone, Meta(description="Non-linearity at the end.")] = "relu"

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        found = {}
        if self.kernel == 1:
            found["padding"] = "a kernel of 1 sees no border"
        if self.norm == "none":
            found |= dict.fromkeys(("norm_eps", "norm_momentum"), "there is no norm")
        elif not self.norm.startswith("batch"):
            found["norm_momentum"] = f"{self.norm} keeps no running statistics; a batch norm does"
        return found

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """A border that cannot be mirrored, or a norm of a single pixel."""
        smallest, needed = min(x.height, x.width), self.kernel // 2 + 1
        if self.padding == "mirror" and smallest < needed:
            yield Problem(
                code="AL204",
                field="padding",
                message=f"a kernel of {self.kernel} mirrors the border and needs at least {needed}x{needed} pixels, "
                f"this map has {x.height}x{x.width}.",
                hint=f'Use padding "zeros", or {larger_input(x, needed)}.',
            )
        out = self.out(x, width)
        hint = f'Use norm "layer", or {larger_input(out, 2)}.'
        what = "a stride of 2" if self.stride == 2 else ""
        yield from norm_problems(self.norm, out, single=("AL205", hint), batch="AL209", what=what)

    def out(self, x: FeatureMap, width: int) -> FeatureMap:
        """`width` channels at the size of `x`, or at half of it, rounding up."""
        return coarser(x, width, self.stride - 1, ceil=True)

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixels that the kernel covers, as far as the map goes, where it stands for the pixel `at`.

        With a stride of 2, up to 2x2 pixels become one and ask as one.
        """
        depth, reach = at[0], self.kernel // 2
        asking, covered = [], []
        for i, pixels in zip(at[1:], x.dhw[1:], strict=True):
            first = i - i % self.stride
            asking.append(range(first, min(first + self.stride, pixels)))
            covered.append(range(max(first - reach, 0), min(first + reach + 1, pixels)))
        return Sight(
            unit="pixel",
            own=frozenset((depth, h, w) for h, w in product(*asking)),
            seen=frozenset((depth, h, w) for h, w in product(*covered)),
        )

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        frames, depth = to_frames(tape, tape.x)
        out = conv_norm_activation(
            tape,
            frames,
            depth,
            width,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            bias=self.bias,
            norm_name=self.norm,
            activation=self.activation,
        )
        return tape.cost(from_frames(tape, out, tape.x))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """The convolution with the norm and the activation asked for."""
        from archlab.nn.conv_norm import ConvNormActivation

        return ConvNormActivation(
            x.channels,
            width,
            size=self.out(x, width).dhw,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
            bias=self.bias,
            norm=self.norm,
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
            activation=self.activation,
        )
