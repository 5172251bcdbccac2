"""Results of pure functions, kept: what an edit did not change is looked up instead of worked out again.

A document is worked out piece by piece: what a layout wires, the cells of a block, the links into a node, shapes
through a node, the cost of a node. Each piece is a pure function whose arguments hold everything that it depends on,
and whose results are immutable; so the arguments are the key, nothing ever has to be declared out of date, and threads
may share it all. Where a result depends on which parts are registered, `Registry.version` is one of the arguments.
Every cache has a limit and drops what was asked for longest ago.

The structs that are kept say `cache_hash`, so that a key is hashed once and not at every look-up, and `gc=False`: being
frozen they are made from the leaves up and cannot be part of a cycle, and a collector that need not walk through
thousands of them does not interrupt an edit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")

DOCUMENTS = 8  # whole documents: a large one takes tens of megabytes
NODES = 8192  # of one kind of result per node: two documents of the largest size
PARTS = 65_536  # of one kind of result per cell, link, stem or head and the map that it meets

_caches: list[Any] = []


def remember(limit: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the last `limit` results of a pure function; its arguments are given by position.

    Arguments that cannot be hashed, such as a plugin's part with a list in a field, are worked out every time. So is
    what raises TypeError: it then runs twice, and raises again.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        work: Callable[..., R] = function
        kept = functools.lru_cache(maxsize=limit)(work)
        _caches.append(kept)

        @functools.wraps(function)
        def look_up(*args: Any) -> R:
            try:
                return kept(*args)
            except TypeError:
                return work(*args)

        return cast("Callable[P, R]", look_up)

    return decorate


@remember(DOCUMENTS)
def first_of_equal(value: V) -> V:
    """The first of all values that equal this one.

    What many keys hold, such as the options of a document, is then the same object in every document that says the
    same, and keys are compared without looking into it.
    """
    return value


def forget() -> None:
    """Empty every cache: what is asked for next is worked out from nothing."""
    for kept in _caches:
        kept.cache_clear()
