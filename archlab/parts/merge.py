"""The base of every merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from archlab.costing import strides
from archlab.costing.cost import Cost
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.part import Part, Samples

if TYPE_CHECKING:
    from torch import Tensor

Point = tuple[float, float]
Memory = tuple[int, ...] | None  # strides of a tensor, None = in order of its shape


class Merge(Part, frozen=True, kw_only=True):
    """Makes one map of the maps that links bring to a node; they are of one size.

    The docstring's first line says in the editor what it does; a layout asks for it by `type`. A merge has no fields.

    Attributes:
        noun: what it makes: "sum".
        mark: its sign in the editor, beside the number of links.
        strokes: its sign in pictures: lines, each by its points in pixels from the middle of a ring of 15.
        node_word: what stands in pictures on a node that does nothing else.
        equal_channels: all maps must have equally many channels; a link that says no number then brings as many as
            the first.
        running: taken two by two from left to right it comes to the same, so that a map is free as soon as it is in;
            one map alone is handed on as it is. Otherwise all maps are kept until the last has arrived.
        share: what the merge lets one say about the part that a link has in what leaves it. `terms`: it is the sum
            of the maps, up to a factor. `channels`: the maps lie side by side in its channels, so that a convolution
            which alone reads it makes a sum of them. `energy`: neither, only energies can be compared.
    """

    type: ClassVar[str] = ""
    samples: ClassVar[Samples] = ("3x16x16", "3x3x16x24")  # what enters a network in which two maps meet
    noun: ClassVar[str] = ""
    mark: ClassVar[str] = ""
    strokes: ClassVar[tuple[tuple[Point, ...], ...]] = ()
    node_word: ClassVar[str] = "fusion"
    equal_channels: ClassVar[bool] = True
    running: ClassVar[bool] = False
    share: ClassVar[Literal["terms", "channels", "energy"]] = "energy"

    def several(self) -> Merge:
        """What merges where the document adds links to a node, and it has several then."""
        return self

    def problems(self, maps: Sequence[FeatureMap]) -> Iterable[Problem]:
        """What else keeps these maps from being merged; sizes and `equal_channels` are seen to before."""
        return ()

    def out(self, maps: Sequence[FeatureMap]) -> FeatureMap:
        """The one map that the node gets from `maps`, which `problems` has admitted: by default like the first."""
        return maps[0]

    def cost(self, maps: Sequence[FeatureMap], memory: Sequence[Memory], batch: int, grad: bool) -> Cost:
        """Cost of merging several maps, or of copying one; `memory` says how they lie at that batch size.

        In the result `saves_input` is said of every map; `grad` = one of them needs a gradient. This one is that of
        adding them, or of another operation between two maps that keeps nothing for the backward pass.
        """
        shape = self.out(maps).shape(batch)
        lies = memory[0]
        for other in memory[1:]:
            if lies != other:
                lies = strides.elementwise(shape, [(shape, t or strides.contiguous(shape)) for t in (lies, other)])
        if lies is not None and strides.is_contiguous(shape, lies):
            lies = None
        return Cost(elementwise=(len(maps) - 1) * self.out(maps).elements, strides=lies, batch=batch)

    @staticmethod
    def combine(parts: Sequence[Tensor]) -> Tensor:
        """Merge tensors `(B, C_i, [D,] H, W)`, in order of the links. Called in every forward pass.

        A function and not a method, so that `torch.compile` meets plain functions and tensors only.
        """
        raise NotImplementedError
