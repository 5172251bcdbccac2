"""The trials of a part: its words on the `samples` of its class, in every way in which it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from archlab.document.entries import as_input
from archlab.document.feature_map import FeatureMap
from archlab.parts.cell import Cell
from archlab.parts.head import Head
from archlab.parts.layout import Layout
from archlab.parts.link import Link
from archlab.parts.merge import Merge
from archlab.parts.neck import Neck
from archlab.parts.part import Part
from archlab.parts.stem import Stem
from archlab.testing.trials import AnyTrial, LayoutTrial, MergeTrial, OnTop, Trial

Way = tuple[FeatureMap, tuple[Any, ...]]  # the map that enters, and the further arguments of the part's methods


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
        x = sample_map(text)
        if isinstance(part, Layout):
            yield LayoutTrial(word, part, x)
            continue
        if isinstance(part, Merge):
            yield MergeTrial(word, part, x)
            continue
        if _wires(cls):
            yield OnTop(word, part, x)
        if not (issubclass(cls, Neck) and cls.build is Neck.build):
            yield from (Trial(word, part, entering, rest) for entering, rest in ways(cls)(x))


def sample_map(text: str) -> FeatureMap:
    """The map of a sample: `8x16x16`, or `8x16x16 + 2 tokens`, as a map is printed."""
    grid, _, extra = text.partition(" + ")
    return as_input(grid).feature_map().with_tokens(int(extra.split()[0]) if extra else 0)


def ways(cls: type[Part]) -> Callable[[FeatureMap], Iterable[Way]]:
    """How a part of that kind is called for a sample. A new kind of part is one more line of WAYS."""
    if issubclass(cls, Link) and cls.meets_size is not Link.meets_size:
        return _meeting_link
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
        for channels in (x.channels, max(x.channels // 2, 1), 2 * x.channels):
            yield x, (channels, steps)


def _meeting_link(x: FeatureMap) -> Iterator[Way]:
    """As every link, and up to where it meets a map that was halved with a rest."""
    yield from _link(x)
    yield x, (x.channels, -2, tuple([4 * n + 1 for n in x.size]))


def _stem(x: FeatureMap) -> Iterator[Way]:
    yield x, ()


def _on_top(x: FeatureMap) -> Iterator[Way]:
    """On a map of half the resolution of the input."""
    image = FeatureMap(channels=3, size=(*x.size[:-2], 2 * x.height, 2 * x.width))
    yield msgspec.structs.replace(x, stride=(2, 2)), (image,)


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
        by_sample.setdefault((trial.x.shape(), trial.part), {})[type(trial), *trial.rest[1:]] = trial
    samples = list(by_sample.values())
    return list(
        dict.fromkeys(trial for ends in (samples[:1], samples[-1:]) for ways in ends for trial in ways.values())
    )
