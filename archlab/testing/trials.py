"""A part put on a map: what the contracts are tried on, made from the `samples` of its class."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import torch

from archlab.compiler import build
from archlab.costing.cost import Cost
from archlab.costing.recorder import Conditions, under
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.estimator import count, estimate
from archlab.graph.on_maps import unread
from archlab.parts.catalog import default
from archlab.parts.neck import Neck
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.templates.constructors import new
from archlab.testing.meeting import Meeting

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]


class Trial(NamedTuple):
    """A part of one module on a map; `rest` are the further arguments of its methods, such as `(width,)`."""

    word: str
    part: Any
    x: FeatureMap
    rest: tuple[Any, ...] = ()

    @property
    def where(self) -> str:
        """Word, map, further arguments and fields, for people."""
        return told(self.word, self.part, self.x, self.rest)

    @property
    def maps(self) -> tuple[FeatureMap, ...]:
        """What enters: a gate has a second input."""
        return (self.x, self.x) if getattr(self.part, "needs_query", False) else (self.x,)

    def problems(self) -> list[Any]:
        """What the part says about the map, and the graph about one that it does not read."""
        return list(unread(self.part, self.x) or self.part.problems(self.x, *self.rest))

    @property
    def admitted(self) -> bool:
        """Nothing keeps the part from working."""
        return not any(p.severity == "error" for p in self.problems())

    def build(self) -> nn.Module:
        """The part's module for this map."""
        module: nn.Module = self.part.build(self.x, *self.rest)
        return module

    def shapes(self, batch: int = 2) -> list[Shape]:
        """Shapes that the part announces, with the batch axis."""
        out: FeatureMap = self.part.out(self.x, *self.rest)
        return [out.shape(batch)]

    def cost(self, conditions: Conditions) -> Cost | None:
        """The closed form; None where the part has none."""
        with under(conditions):
            cost: Cost | None = self.part.cost(self.x, *self.rest)
        return cost

    def measured(self, conditions: Conditions) -> Cost:
        """What archlab's probe counts on the meta device: the answer of `estimate` where there is no closed form."""
        return count(self.build, self.maps, conditions)

    def on(self, x: FeatureMap) -> Trial:
        """The same part on another map."""
        return self._replace(x=x)

    def having(self, part: Any) -> Trial:
        """Another part, or the same one with other fields, in the same place."""
        return self._replace(part=part)


class LayoutTrial(NamedTuple):
    """A layout with its `sample_cells` in it, on an input."""

    word: str
    part: Any
    x: FeatureMap

    @property
    def where(self) -> str:
        """Word, input and fields, for people."""
        return told(self.word, self.part, self.x)

    @property
    def rest(self) -> tuple[Any, ...]:
        """A layout's methods take nothing but itself."""
        return ()

    @property
    def maps(self) -> tuple[FeatureMap, ...]:
        """What enters the network."""
        return (self.x,)

    @property
    def spec(self) -> Spec:
        """A document of this layout."""
        return new(self.word, msgspec.to_builtins(self.part), cells=self.part.sample_cells, input=str(self.x))

    @property
    def registry(self) -> Registry:
        """All parts that there are, and the layout."""
        cls: Any = type(self.part)
        return _registry_with(cls)

    def problems(self) -> list[Any]:
        """The diagnostics of the document."""
        return list(estimate(self.spec, registry=self.registry).diagnostics)

    @property
    def admitted(self) -> bool:
        """The document builds."""
        return not any(p.severity == "error" for p in self.problems())

    def build(self) -> nn.Module:
        """The network that the document describes."""
        return build(self.spec, self.registry)

    def shapes(self, batch: int = 2) -> list[Shape]:
        """Shapes of the outputs as `estimate` says."""
        found = estimate(self.spec, batch=batch, registry=self.registry).outputs
        return [output.shape or () for output in found]

    def cost(self, conditions: Conditions) -> None:
        """A layout has no closed form of its own: its parts have."""

    def measured(self, conditions: Conditions) -> Cost:
        """What `estimate` says of the whole network; activations are left to the parts."""
        found = estimate(self.spec, batch=conditions.batch, registry=self.registry)
        return Cost(params=found.params or 0, macs=(found.macs or 0) // conditions.batch, saved_bytes=None)

    def on(self, x: FeatureMap) -> LayoutTrial:
        """The same layout on another input."""
        return self._replace(x=x)

    def having(self, part: Any) -> LayoutTrial:
        """The layout with other fields."""
        return self._replace(part=part)


class OnTop(LayoutTrial):
    """A neck or head that wires nodes, on a chain of three stages: each has half the resolution of the one before."""

    __slots__ = ()

    @property
    def backbone(self) -> Spec:
        """A document without the neck or head."""
        return new("soanet", {"stages": 3, "channels": self.x.channels}, input=str(self.x))

    @property
    def spec(self) -> Spec:
        """The same document with the neck or head on top."""
        fields = msgspec.to_builtins(self.part)
        if isinstance(self.part, Neck):
            return self.backbone.with_neck({"type": self.word, **fields})
        return self.backbone.with_head(self.word, **fields)

    def owns(self, parameter: str) -> bool:
        """Whether a parameter is of the nodes on top: it may leave out some of the stages."""
        return parameter not in _parameters(self.backbone)


class MergeTrial(LayoutTrial):
    """A merge, where two maps meet in a small network."""

    __slots__ = ()

    @property
    def spec(self) -> Spec:
        """A document in which two maps meet by this merge."""
        return new("meeting", {"merge": self.word}, input=str(self.x))

    @property
    def registry(self) -> Registry:
        """All parts that there are, the merge, and the layout that asks for it."""
        made = super().registry
        made.register(Meeting)
        return made


AnyTrial = Trial | LayoutTrial


def tensors(trial: AnyTrial, batch: int = 2, seed: int = 0) -> list[torch.Tensor]:
    """Random inputs that need a gradient."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(m.shape(batch), generator=generator).requires_grad_() for m in trial.maps]


def told(word: str, part: Part, x: FeatureMap, rest: tuple[Any, ...] = ()) -> str:
    """A trial in a line: `L1 on 8x2x8x12, 16 (heads=4)`."""
    defaults = {f.name: f.default for f in msgspec.structs.fields(type(part))}
    fields = {k: v for k, v in msgspec.structs.asdict(part).items() if v != defaults[k]}
    given = ", ".join(f"{k}={v!r}" for k, v in fields.items())
    return ", ".join([f"{word} on {x}", *map(str, rest)]) + (f" ({given})" if given else "")


@functools.lru_cache(maxsize=64)
def _parameters(spec: Spec) -> frozenset[str]:
    with torch.device("meta"):
        return frozenset(name for name, _ in build(spec).named_parameters())


@functools.cache
def _registry_with(cls: type[Part]) -> Registry:
    known, made = default(), Registry()
    for shelf in ("codes", "links", "layouts", "stems", "necks", "heads", "merges"):
        getattr(made, shelf).update(getattr(known, shelf))
    made.register(cls)
    return made
