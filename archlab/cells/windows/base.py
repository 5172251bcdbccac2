"""The base of every attention over windows; a cell of this family only says how its windows are cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from archlab.cells.residual import options as residual
from archlab.cells.residual.attention import (
    AttentionDropout,
    Heads,
    NormalizeQK,
    OutputProjection,
    Score,
    StrideQK,
    attention_arguments,
    attention_inert,
)
from archlab.cells.residual.cost import residual_cell
from archlab.cells.residual.windows import Pad, Stretch, Window
from archlab.cells.windows.cost import window_attention
from archlab.cells.windows.options import Compat, Projection, RelativePosition
from archlab.cells.windows.page import window_page
from archlab.cells.windows.problems import window_problems
from archlab.costing.cost import Cost
from archlab.costing.tape import Tape, Value
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import Fit, fit_plane, fit_volume
from archlab.geometry.grouping import Among, Grouping
from archlab.geometry.sight import Sight, sight
from archlab.geometry.triple import Triple, as_triple
from archlab.parts.cell import Cell
from archlab.parts.part import Samples

if TYPE_CHECKING:
    from torch import nn

ONE: Triple = (1, 1, 1)
NO_SHIFT: Triple = (0, 0, 0)


class WindowCell(Cell, frozen=True, kw_only=True):
    """A residual cell around attention over windows.

    A cell says by its class variables how it cuts a map, and lists what it has beyond these fields: a `patch`, a
    `shuffle` of the patches, a `shift` of the windows.
    """

    mixer: residual.Mixer = "conv"
    mixer_ratio: residual.MixerRatio = 4.0
    mixer_kernel: residual.MixerKernel = 3
    arrangement: residual.Arrangement = "sequential"
    norm: residual.NormField = "instance2d"
    norm_eps: residual.NormEps = 1e-5
    norm_momentum: residual.NormMomentum = 0.1
    activation: residual.ActivationField = "prelu"
    drop_path: residual.DropPath = 0.1
    drop_path_rule: residual.DropPathRule = "constant"
    heads: Heads = 16
    score: Score = "cosine"
    normalize_qk: NormalizeQK = True
    stride_qk: StrideQK = (1, 1, 1)
    attention_dropout: AttentionDropout = 0.0
    output_projection: OutputProjection = True
    window: Window = (1, 16, 16)
    projection: Projection = "conv"
    relative_position: RelativePosition = True
    pad: Pad = False
    stretch: Stretch = True
    compat: Compat = "none"

    volumetric: ClassVar[bool] = False  # windows have a depth
    among: ClassVar[Among] = "patches"
    halves_windows: ClassVar[bool] = False
    unit: ClassVar[Literal["patch", "window", "pixel"]] = "patch"  # what a token is
    samples: ClassVar[Samples] = (
        *Cell.samples,
        ("8x2x8x8", {"window": (2, 4, 4), "heads": 2, "mixer": "linear", "relative_position": False}),
        ("8x3x7x9", {"window": (2, 4, 4), "heads": 2, "pad": True}),
    )

    def __init_subclass__(cls) -> None:
        """Write the texts of the page, which follow from how the windows are cut."""
        super().__init_subclass__()
        page = window_page(
            among=cls.among,
            unit=cls.unit,
            volumetric=cls.volumetric,
            shifts="shift" in cls.__annotations__,  # msgspec names the fields of a class only later
            halves=cls.halves_windows,
        )
        page.fill(cls)

    # ---- how a map is cut ---------------------------------------------------------------------------------------

    def asked(self) -> tuple[Triple, Triple]:
        """Window and token in pixels, as asked: a token is a patch, the whole window, or a pixel."""
        window = as_triple(self.window)
        if self.unit == "patch":
            return window, as_triple(self.patch)  # type: ignore[attr-defined]  # cells of patches list that field
        return window, (window if self.unit == "window" else ONE)

    def fit(self, x: FeatureMap) -> Fit:
        """Windows and tokens as they are really cut on `x`."""
        fit = fit_volume if self.volumetric else fit_plane
        window, patch = self.asked()
        return fit(x.dhw, window, patch, halved=self.halves_windows, pad=self.pad, stretch=self.stretch)

    def grouping(self, x: FeatureMap) -> Grouping:
        """How the attention cuts `x` into groups of tokens, as counts and sizes along (D, H, W)."""
        fit = self.fit(x)
        return Grouping(self.among, fit.windows, fit.patches, fit.patch, self.pad)

    def mixed(self, x: FeatureMap) -> Grouping:
        """How a linear mixer cuts `x`: into patches, or into windows where a token is a window or a pixel."""
        fit = self.fit(x)
        return Grouping("patches", ONE, ONE, fit.patch if self.unit == "patch" else fit.window, self.pad)

    def deep(self, x: FeatureMap) -> bool:
        """Whether volumes are cut: with a single frame, three dimensions are two."""
        return self.volumetric and x.depth > 1

    def shifts(self) -> bool:
        """Whether the map is moved cyclically by half a window before it is cut."""
        return bool(getattr(self, "shift", False))

    def shuffles(self) -> bool:
        """Whether patches change places while training."""
        return bool(getattr(self, "shuffle", False))

    def shift_of(self, x: FeatureMap) -> Triple:
        """Pixels of that shift along (D, H, W)."""
        if not self.shifts():
            return NO_SHIFT
        return self.grouping(x).shift(x.dhw if self.volumetric else (1, x.height, x.width))

    def stride(self) -> Triple:
        """Stride of queries and keys along (D, H, W); without convolutions there is none."""
        if self.projection == "linear":
            return ONE
        depth, height, width = as_triple(self.stride_qk)
        return (depth if self.volumetric else 1), height, width

    # ---- what the cell says of itself ---------------------------------------------------------------------------

    def placed(self, index: int, count: int) -> Self:
        """With the drop_path that its rule gives it at this place."""
        return residual.drop_path_placed(self, index, count)

    def costed(self) -> Self:
        """The cell without the drop_path of its place, which its cost does not depend on."""
        return residual.drop_path_costed(self)

    def problems(self, x: FeatureMap, width: int) -> Iterator[Problem]:
        """What shell and windows do not admit, with the nearest that is legal."""
        yield from residual.residual_problems(
            self, x, convolution=self.convolves(x, width), mixer_features=self.mixer_features(x, width)
        )
        yield from window_problems(self, x, width)

    def convolves(self, x: FeatureMap, width: int) -> bool:
        """Whether a 3x3 convolution is in this cell."""
        return self.projection == "conv" or self.output_projection or residual.convolves(self, x, width)

    def mixer_features(self, x: FeatureMap, width: int) -> int:
        """What goes into the mixer's hidden layer: of a linear one, all numbers of a token."""
        return width * self.mixed(x).pixels if self.mixer == "linear" else width

    def adds_mixer(self) -> bool:
        """Whether the mixer is added to its input in SNRAware's code too."""
        return self.mixer != "linear" or self.arrangement == "parallel"

    def inert(self) -> Mapping[str, str]:
        """Fields that change nothing as the others are, with the reason."""
        found = {**residual.residual_inert(self), **attention_inert(self)}
        if self.projection == "linear":
            found["stride_qk"] = "linear layers on tokens have no stride"
        if not self.relative_position and self.adds_mixer():
            found["compat"] = "without a position bias, or a linear mixer in sequence, the original computes the same"
        return found

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """A volume's position bias, unless its axes are alike; patches that have changed places."""
        if self.shuffles():
            return "It does not put shuffled patches back."
        depth, height, width = self.grouping(x).tokens
        alike = depth == height == width or 1 in (depth, height * width)
        return "" if alike or not self.relative_position else "It mixes up the axes of the position bias."

    def effective(self, x: FeatureMap) -> Mapping[str, Any]:
        """Window and patch in pixels and their counts, (D, H, W), as they are on `x`; nothing where they do not fit."""
        fit = self.fit(x)
        if not fit.legal:
            return {}
        cut = {"window": fit.window, "windows": fit.windows}
        return {**cut, "patch": fit.patch, "patches": fit.patches} if self.unit == "patch" else cut

    def looks_at(self, x: FeatureMap, at: Triple) -> Sight:
        """The tokens of its group, as they lie when patches keep their places."""
        grouping, shift = self.grouping(x), self.shift_of(x)
        if self.volumetric:
            return sight(grouping, x.dhw, at, unit=self.unit, shift=shift)
        return sight(grouping, (1, *x.dhw[1:]), (0, *at[1:]), unit=self.unit, shift=shift, frame=at[0])

    # ---- cost and module ----------------------------------------------------------------------------------------

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """The cost, from the same operations as the module's, on shapes only."""
        tape, arguments = Tape(x), self._attention(x)

        def attention(frames: Value, depth: int) -> Value:
            return window_attention(tape, frames, depth, width, **arguments)

        return tape.cost(residual_cell(tape, width, self, attention, **self._mixing(x)))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around the attention."""
        from archlab.cells.residual import module as shell
        from archlab.cells.windows.module import WindowAttention

        attention = WindowAttention(x.channels, width, **self._attention(x))
        options = {**self._mixing(x), **residual.residual_arguments(self, x)}
        return shell.residual_cell(x.channels, width, ("attn", attention), **options)

    def _attention(self, x: FeatureMap) -> dict[str, Any]:
        """The attention in words that its module and its closed form share."""
        return {
            **attention_arguments(self),
            "projection": self.projection,
            "stride_qk": self.stride(),
            "relative_position": self.relative_position,
            "bias_after_softmax": self.compat == "snraware",
            "grouping": self.grouping(x),
            "volumetric": self.deep(x),
            "shifts": self.shifts(),
            "shuffles": self.shuffles(),
        }

    def _mixing(self, x: FeatureMap) -> dict[str, Any]:
        """What a linear mixer works on, and whether it has a residual."""
        return {
            "grouping": self.mixed(x),
            "volumetric": self.deep(x),
            "mixer_residual": self.compat == "none" or self.adds_mixer(),
        }
