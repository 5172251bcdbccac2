"""Immutable JSON values: what a document holds where a part's fields are not read yet."""

from __future__ import annotations

import numbers
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class FrozenMap(Mapping[str, V], Generic[V]):
    """A hashable mapping; equality ignores the order and tells 1, 1.0 and true apart, as JSON does."""

    __slots__ = ("_data", "_hash", "_key")

    def __init__(self, items: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._data: dict[str, V] = dict(items)
        self._key: frozenset[tuple[str, Any]] | None = None
        self._hash: int | None = None

    def __getitem__(self, key: str) -> V:
        return self._data[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    # What Mapping gives by itself, an order of magnitude faster: every edit asks thousands of times.

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        return self._data.get(key, default)

    def items(self) -> ItemsView[str, V]:
        """Pairs of key and value."""
        return self._data.items()

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(self._strict())
        return self._hash

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FrozenMap):
            return self is other or (hash(self) == hash(other) and self._strict() == other._strict())
        return NotImplemented

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._data!r})"

    def __reduce__(self) -> tuple[type[FrozenMap[V]], tuple[dict[str, V]]]:
        return FrozenMap, (self._data,)  # without the hash, which differs from process to process

    def _strict(self) -> frozenset[tuple[str, Any]]:
        if self._key is None:
            self._key = frozenset((name, _typed(value)) for name, value in self._data.items())
        return self._key

    def put(self, key: str, value: V) -> FrozenMap[V]:
        """A copy with `key` set."""
        return FrozenMap({**self._data, key: value})

    def drop(self, key: str) -> FrozenMap[V]:
        """A copy without `key`."""
        return FrozenMap({k: v for k, v in self._data.items() if k != key})


Params = FrozenMap[Any]
EMPTY: Params = FrozenMap()


def _typed(value: Any) -> Any:
    """A key that differs where JSON differs: Python holds 1, 1.0 and True for equal."""
    if isinstance(value, bool | int | float):
        return type(value), value
    return tuple(_typed(v) for v in value) if type(value) is tuple else value


def freeze(value: Any) -> Any:
    """A JSON value as tuples and FrozenMaps; TypeError for what is none."""
    if value is EMPTY:
        return EMPTY
    if isinstance(value, Mapping):  # empty ones are the same object, and so are found equal at once
        return FrozenMap((str(k), freeze(v)) for k, v in value.items()) if value else EMPTY
    if isinstance(value, list | tuple):
        return tuple(freeze(v) for v in value)
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Integral):  # NumPy's too
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no JSON value; use numbers, texts, lists and mappings.")


def thaw(value: Any) -> Any:
    """The plain JSON form: lists, and dicts in order of their keys."""
    if isinstance(value, Mapping):
        return {k: thaw(value[k]) for k in sorted(value)}
    if isinstance(value, tuple):
        return [thaw(v) for v in value]
    return value
