"""Every registered part as one case: a part, maps that it admits, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn

from archlab.costing.cost import Cost
from archlab.costing.recorder import Conditions, met
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from archlab.parts.cell import Cell
from archlab.parts.head import Head
from archlab.parts.link import Link
from archlab.parts.part import Part
from archlab.parts.stem import Stem

IMAGE = FeatureMap(channels=3, size=(32, 32))
VOLUME = FeatureMap(channels=3, size=(4, 32, 32))
SIZES = ((16, 16), (1, 16, 16), (3, 16, 16), (16, 24))


class Case(NamedTuple):
    """A part on a map; `rest` are the further arguments of its methods."""

    name: str
    part: Any
    x: FeatureMap
    rest: tuple[Any, ...]

    def problems(self) -> list[Problem]:
        """What the part says about the map."""
        return list(self.part.problems(self.x, *self.rest))

    @property
    def admitted(self) -> bool:
        """Nothing keeps the part from working."""
        return not any(p.severity == "error" for p in self.problems())

    @property
    def maps(self) -> tuple[FeatureMap, ...]:
        """What enters: a gate has a second input."""
        return (self.x, self.x) if getattr(self.part, "needs_query", False) else (self.x,)

    def build(self) -> nn.Module:
        """The module."""
        module: nn.Module = self.part.build(self.x, *self.rest)
        return module

    def out(self) -> FeatureMap:
        """What the part says leaves it."""
        out: FeatureMap = self.part.out(self.x, *self.rest)
        return out

    def cost(self, conditions: Conditions | None = None) -> Cost | None:
        """The closed form."""
        with met(conditions or Conditions()):
            cost: Cost | None = self.part.cost(self.x, *self.rest)
        return cost

    def tensors(self, batch: int = 2, seed: int = 0) -> list[torch.Tensor]:
        """Random inputs that need a gradient."""
        generator = torch.Generator().manual_seed(seed)
        return [torch.randn(m.shape(batch), generator=generator).requires_grad_() for m in self.maps]

    def on(self, x: FeatureMap) -> Case:
        """The same part on another map."""
        return self._replace(x=x)


def arguments(part: Part) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Channels that enter and further arguments worth trying."""
    if isinstance(part, Cell):
        yield from ((16, (16,)), (8, (16,)))
    elif isinstance(part, Link):
        for steps in (0, 1, 2, -1, -2):
            yield from ((8, (8, steps)), (8, (4, steps)))
    elif isinstance(part, Stem):
        yield 3, ()
    elif isinstance(part, Head):
        yield 8, (IMAGE,)


def parts() -> Iterator[tuple[str, Callable[[], Part]]]:
    """Every cell, link, stem and head of the default registry, with its defaults."""
    registry = default()
    for code, (cls, preset) in registry.codes.items():
        yield code, lambda cls=cls, preset=preset: cls(**preset)
    for shelf in (registry.links, registry.stems, registry.heads):
        for word, cls in shelf.items():
            yield f"{cls.__name__}-{word}", cls


def cases(first_only: bool = False) -> list[Case]:
    """Every part on every map of SIZES that it admits; with `first_only` one map for each way of calling it."""
    found: list[Case] = []
    for name, make in parts():
        part = make()
        for channels, rest in arguments(part):
            for size in SIZES:
                label = f"{name}-{channels}-{'-'.join(map(str, rest[:2])) if rest != (IMAGE,) else ''}-{size}"
                given = (VOLUME,) if rest == (IMAGE,) and len(size) == 3 else rest
                case = Case(label, part, FeatureMap(channels=channels, size=size), given)
                if case.admitted:
                    found.append(case)
                    if first_only:
                        break
    return found


def by_name(case: Case) -> str:
    """Name of a case in pytest's report."""
    return case.name
