"""What every attention over windows is made of; a cell of this family only says how its windows are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archlab import trace
from archlab.options import ShiftOptions, WindowOptions
from archlab.options.pages import window_page
from archlab.spec.cost import Cost
from archlab.spec.feature_map import FeatureMap
from archlab.spec.tape import Tape, Value

if TYPE_CHECKING:
    from torch import nn


class WindowCell(WindowOptions, frozen=True, kw_only=True):
    """A residual cell around attention over windows."""

    def __init_subclass__(cls) -> None:
        """Write the texts of the page, which follow from how the windows are cut."""
        super().__init_subclass__()
        page = window_page(
            among=cls.among,
            unit=cls.unit,
            volumetric=cls.volumetric,
            pointwise=cls.pointwise_output,
            shifts=issubclass(cls, ShiftOptions),
            halves=cls.halves_windows,
        )
        page.fill(cls)

    def deep(self, x: FeatureMap) -> bool:
        """Whether volumes are cut: with a single frame, three dimensions are two."""
        return self.volumetric and x.depth > 1

    def irreproducible(self, x: FeatureMap, original: str) -> str:
        """A volume's position bias, unless its axes are alike; patches that have changed places."""
        if self.shuffles():
            return "It does not put shuffled patches back."
        depth, height, width = self.grouping(x).tokens
        alike = depth == height == width or 1 in (depth, height * width)
        return "" if alike or not self.relative_position else "It mixes up the axes of the position bias."

    def cost(self, x: FeatureMap, width: int) -> Cost:
        """Closed form."""
        tape, cut = Tape(x), self._cut(x)

        def attention(frames: Value, depth: int) -> Value:
            return trace.window_attention(tape, frames, depth, width, self, **cut)

        return tape.cost(trace.residual_cell(tape, width, self, attention, **self._mixing(x)))

    def build(self, x: FeatureMap, width: int) -> nn.Module:
        """A residual cell around the attention."""
        from archlab.nn.residual import residual_cell
        from archlab.nn.window import WindowAttention

        attention = WindowAttention(x.channels, width, **self._cut(x), **self.attention_arguments())
        options = {**self._mixing(x), **self.residual_arguments(x)}
        return residual_cell(x.channels, width, ("attn", attention), **options)

    def _cut(self, x: FeatureMap) -> dict[str, Any]:
        """How the attention cuts the map, in the words of module and closed form alike."""
        return {
            "grouping": self.grouping(x),
            "volumetric": self.deep(x),
            "shifts": self.shifts(),
            "shuffles": self.shuffles(),
            "pointwise_output": self.pointwise_output,
        }

    def _mixing(self, x: FeatureMap) -> dict[str, Any]:
        """What a linear mixer works on, and whether it has a residual."""
        return {
            "grouping": self.mixed(x),
            "volumetric": self.deep(x),
            "mixer_residual": self.compat == "none" or self.adds_mixer(),
        }
