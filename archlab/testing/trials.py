"""A part put on a map: what the contracts are tried on, made from the `samples` of its class."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import torch

from archlab.compiler import build
from archlab.costing.cost import Cost
from archlab.costing.recorder import Conditions, under
from archlab.document.entries import as_input
from archlab.document.feature_map import FeatureMap
from archlab.document.spec import Spec
from archlab.estimator import count, estimate
from archlab.parts.catalog import default
from archlab.parts.cell import Cell
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.link import Link
from archlab.parts.merge import Merge
from archlab.parts.neck import Neck
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem
from archlab.templates.constructors import new
from archlab.testing.meeting import Meeting

if TYPE_CHECKING:
    from torch import nn

Shape = tuple[int, ...]
Way = tuple[FeatureMap, tuple[Any, ...]]  # the map that enters, and the further arguments of the part's methods


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
        """What the part says about the map."""
        return list(self.part.problems(self.x, *self.rest))

    @property
    def admitted(self) -> bool:
        """Nothing keeps the part from working."""
        return not any(p.severity == "error" for p in self.problems())

    def build(self) -> nn.Module:
        """The module."""
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
    """A layout with the plainest cells in it, on an input."""

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
        """The document."""
        return new(self.word, msgspec.to_builtins(self.part), input=str(self.x))

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
        """The network."""
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
        """The document without it."""
        return new("soanet", {"stages": 3, "channels": self.x.channels}, input=str(self.x))

    @property
    def spec(self) -> Spec:
        """The document with it."""
        fields = msgspec.to_builtins(self.part)
        if isinstance(self.part, Neck):
            return self.backbone.with_neck({"type": self.word, **fields})
        return self.backbone.with_head(self.word, **fields)

    def owns(self, parameter: str) -> bool:
        """Whether a parameter is of the nodes on top: it may leave out some of the stages."""
        return parameter not in _parameters(self.backbone)


class Met(LayoutTrial):
    """A merge, where two maps meet in a small network."""

    __slots__ = ()

    @property
    def spec(self) -> Spec:
        """The document."""
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


def words(cls: type[Part]) -> Mapping[str, Mapping[str, Any]]:
    """The words that stand for a part in documents, with the fields that each fixes."""
    if issubclass(cls, Cell):
        return cls.codes
    word = str(getattr(cls, "type", ""))
    return {word: {}} if word else {}


def trials(cls: type[Part], word: str) -> Iterator[AnyTrial]:
    """A word of a part on all of its samples, in every way in which it is called, admitted or not.

    Raises ValueError for a sample that cannot be read and msgspec.ValidationError for fields that the part refuses.
    """
    preset = words(cls)[word]
    for sample in cls.samples:
        text, fields = (sample, {}) if isinstance(sample, str) else sample
        part = msgspec.convert({**fields, **preset}, cls)
        x = as_input(text).feature_map()
        if isinstance(part, Layout):
            yield LayoutTrial(word, part, x)
            continue
        if isinstance(part, Merge):
            yield Met(word, part, x)
            continue
        if _wires(cls):
            yield OnTop(word, part, x)
        if not (issubclass(cls, Neck) and cls.build is Neck.build):
            yield from (Trial(word, part, entering, rest) for entering, rest in ways(cls)(x))


def ways(cls: type[Part]) -> Callable[[FeatureMap], Iterable[Way]]:
    """How a part of that kind is called for a sample. A new kind of part is one more line of WAYS."""
    for base, found in WAYS.items():
        if issubclass(cls, base):
            return found
    raise TypeError(f"{cls.__name__} is of no kind that is called on a map: {', '.join(b.__name__ for b in WAYS)}.")


def _cell(x: FeatureMap) -> Iterator[Way]:
    """As many channels, and twice as many."""
    yield x, (x.channels,)
    yield x, (2 * x.channels,)


def _link(x: FeatureMap) -> Iterator[Way]:
    """To the same level, to finer and coarser ones, with as many channels, half and twice as many."""
    for steps in (0, 1, 2, -1, -2):
        for channels in (x.channels, x.channels // 2, 2 * x.channels):
            yield x, (channels, steps)


def _stem(x: FeatureMap) -> Iterator[Way]:
    yield x, ()


def _on_top(x: FeatureMap) -> Iterator[Way]:
    """On a map of half the resolution of the input."""
    image = FeatureMap(channels=3, size=(*x.size[:-2], 2 * x.height, 2 * x.width))
    yield FeatureMap(channels=x.channels, size=x.size, stride=(2, 2)), (image,)


WAYS: dict[type[Part], Callable[[FeatureMap], Iterable[Way]]] = {
    Cell: _cell,
    Link: _link,
    Stem: _stem,
    Neck: _on_top,
    Head: _on_top,
}


def _wires(cls: type[Part]) -> bool:
    """Whether a part on top of a backbone has nodes of its own: every neck, and a head that is more than one module."""
    return issubclass(cls, Neck) or (issubclass(cls, Head) and cls.wire is not Head.wire)


def one_of_each_way(found: Iterable[AnyTrial]) -> list[AnyTrial]:
    """The first trial for each way of being called: steps, and how the channels change."""
    first: dict[Any, AnyTrial] = {}
    for trial in found:
        change = [n / trial.x.channels for n in trial.rest[:1] if isinstance(n, int)]
        first.setdefault((type(trial), *change, *trial.rest[1:]), trial)
    return list(first.values())


def of_ends(found: Iterable[AnyTrial]) -> list[AnyTrial]:
    """The first and the last sample with every number of steps, at the most channels: compiling takes seconds."""
    by_sample: dict[Any, dict[Any, AnyTrial]] = {}
    for trial in found:  # the size of a sample: a module on top of a backbone stands on a coarser map of the same size
        by_sample.setdefault((trial.x.size, trial.x.channels, trial.part), {})[type(trial), *trial.rest[1:]] = trial
    samples = list(by_sample.values())
    return list(
        dict.fromkeys(trial for ends in (samples[:1], samples[-1:]) for ways in ends for trial in ways.values())
    )


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
