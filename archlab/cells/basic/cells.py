"""R2, K2: ResNet's basic block and bottleneck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from archlab.cells.basic.cost import residual_convolutions
from archlab.cells.basic.steps import Step
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_input
from archlab.geometry.scaling import coarser
from archlab.geometry.sight import Sight
from archlab.geometry.triple import Triple
from archlab.parts.cell import Cell
from archlab.parts.fields import Activation, Norm, NormEps, NormMomentum, norm_problems
from archlab.parts.part import Samples

if TYPE_CHECKING:
    from torch import nn

NormField = Annotated[Norm, Meta(description="Normalisation after every convolution.")]
ActivationField = Annotated[
    Activation, Meta(description="Non-linearity after every norm but the last, and after the sum with the shortcut.")
]
Stride = Annotated[Literal[1, 2], Meta(description="Of the 3x3 convolution; 2 halves height and width, rounding up.")]


class ResNetCell(Cell, frozen=True, kw_only=True):
    """Convolutions beside a shortcut; the cells of this family differ in the convolutions."""

    norm: NormField = "batch2d"
    norm_eps: NormEps = 1e-5
    norm_momentum: NormMomentum = 0.1
    activation: ActivationField = "relu"
    stride: Stride = 1

    samples: ClassVar[Samples] = ("8x4x6", ("8x3x5x8", {"norm": "instance2d", "stride": 2}), "16x16x16")
    reach: ClassVar[int] = 1  # pixels that the convolutions together see to each side

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """A norm that has too few pixels to normalise over."""
        out = self.out(x, width)
        hint = f'Use norm "layer", or {larger_input(x, 2 * self.stride)}.'
        yield from norm_problems(self.norm, out, single=("AL205", hint), batch="AL209")

    def out(self, x: FeatureMap, width: int) -> FeatureMap:
        """`width` channels; half the size with stride 2."""
        return coarser(x, width, self.stride // 2, ceil=True)

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        if self.norm.startswith("batch"):
            return {}
        return {"norm_momentum": f"{self.norm} keeps no running statistics; a batch norm does"}

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The pixels that the convolutions cover around `at`, as far as the map goes."""
        d, *place = at
        steps = zip(place, x.dhw[1:], strict=True)
        rows, columns = (range(max(i - self.reach, 0), min(i + self.reach + 1, n)) for i, n in steps)
        return Sight(unit="pixel", own=frozenset({at}), seen=frozenset((d, h, w) for h, w in product(rows, columns)))

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape = Tape(x)
        return tape.cost(residual_convolutions(tape, self.steps(width), self.norm, self.activation))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """The convolutions, and the shortcut around them."""
        from archlab.cells.basic.module import ResidualConvolutions

        steps = self.steps(width)
        done = [any(step.stride > 1 for step in steps[: count + 1]) for count in range(len(steps))]
        return ResidualConvolutions(
            x.channels,
            steps,
            sizes=[self.out(x, width).dhw if smaller else x.dhw for smaller in done],
            norm=self.norm,
            norm_eps=self.norm_eps,
            norm_momentum=self.norm_momentum,
            activation=self.activation,
        )

    def steps(self, width: int) -> tuple[Step, ...]:
        """The convolutions beside the shortcut."""
        raise NotImplementedError


class BasicBlock(ResNetCell, frozen=True, kw_only=True):
    """Two 3x3 convolutions beside a shortcut.

    The shortcut is the map itself, or a 1x1 convolution with a norm where channels or size change.
    """

    codes = {"R2": {}}
    family = "ResNet"
    icon = "M2 8h2M4 5h3v6h-3zM9 5h3v6h-3zM7 8h2M12 8h2M3 8v-6h10v6"
    source = "He et al. 2016 (ResNet, arXiv 1512.03385), section 3 and figure 5, left; HRNet's modules are made of it"
    formula = """\
c = N(conv3x3(act(N(conv3x3(x)))))             # N: norm; without bias, zeros beyond the border
y = act(c + S(x))                              # S(x) = x, or N(conv1x1(x)) where the shape changes"""
    reach = 2

    def steps(self, width: int) -> tuple[Step, ...]:
        """Both with the channels of the cell; the first has the stride."""
        return Step(width, 3, self.stride), Step(width, 3)


class Bottleneck(ResNetCell, frozen=True, kw_only=True):
    """1x1 convolution to fewer channels, 3x3, and 1x1 back, beside a shortcut.

    `ratio` says how many times narrower it is inside: the 3x3 convolution costs little, and the block is wide outside.
    """

    codes = {"K2": {}}
    family = "ResNet"
    icon = "M2 3h2v10h-2zM6.5 6h3v4h-3zM12 3h2v10h-2zM4 8h2.5M9.5 8h2.5"
    source = (
        "He et al. 2016 (ResNet, arXiv 1512.03385), figure 5, right; HRNet's first stage and its classification head"
    )
    formula = """\
c = act(N(conv3x3(act(N(conv1x1(x))))))        # N: norm; width / ratio channels, without bias
y = act(N(conv1x1(c)) + S(x))                  # S(x) = x, or N(conv1x1(x)) where the shape changes"""

    ratio: Annotated[int, Meta(ge=1, le=64, description="Channels of the cell / channels inside it.")] = 4

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """Channels that `ratio` does not divide, besides what the norm does not admit."""
        yield from super().problems(x, width)
        if width % self.ratio:
            low, high = width // self.ratio * self.ratio, -(-width // self.ratio) * self.ratio
            yield Problem(
                code="AL212",
                field="ratio",
                message=f"{width} channels cannot be made {self.ratio} times narrower without a rest.",
                hint=f"Use {f'{low} or {high}' if low else high} channels, or a ratio that divides {width}.",
            )

    def steps(self, width: int) -> tuple[Step, ...]:
        """Narrower in the middle, where the stride is."""
        inner = width // self.ratio
        return Step(inner, 1), Step(inner, 3, self.stride), Step(width, 1)
