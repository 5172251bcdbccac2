"""Tensors of which only shape, strides and storage exist, and what autograd keeps of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import msgspec

from archlab.costing import strides as st
from archlab.costing.cost import Cost
from archlab.document.feature_map import FeatureMap

FLOAT = 4
INT64 = 8


class Conditions(NamedTuple):
    """What surrounds a part: the batch size, whether its input needs a gradient, and how its inputs lie in memory."""

    batch: int = 1
    input_grad: bool = True
    strides: tuple[int, ...] | None = None  # None = in order of the shape
    query_strides: tuple[int, ...] | None = None


_conditions: ContextVar[Conditions] = ContextVar("archlab_tape", default=Conditions())  # noqa: B039 (immutable)


@contextmanager
def under(conditions: Conditions) -> Iterator[None]:
    """Within this block, every new tape has an input of this batch size, need for a gradient and memory order."""
    token = _conditions.set(conditions)
    try:
        yield
    finally:
        _conditions.reset(token)


class Storage(msgspec.Struct, eq=False, gc=False):
    """A piece of memory that one or several tensors look at."""

    bytes: int
    own: bool  # False: a parameter or buffer, which exists with or without a backward pass


OUTSIDE = Storage(0, own=False)  # of every parameter


class Value(msgspec.Struct, eq=False, gc=False):
    """A tensor of which only shape, strides, storage and the need for a gradient are known."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    storage: Storage
    grad: bool

    @property
    def elements(self) -> int:
        """Numbers in the tensor."""
        return math.prod(self.shape)

    @property
    def contiguous(self) -> bool:
        """Whether the elements lie in memory in the order of the shape."""
        return st.is_contiguous(self.shape, self.strides)


class Recorder:
    """Counts, views and copies, and the set of storages that are kept for the backward pass.

    Attributes:
        x: the part's input, with batch axis, under the conditions of the block `under`.
        query: the second input of a gate, None without one.
        params, macs, elementwise: sums so far, for the whole batch.
    """

    def __init__(self, x: FeatureMap, query: FeatureMap | None = None) -> None:
        self.batch, grad, strides, query_strides = _conditions.get()
        self.params = 0
        self.macs = 0
        self.elementwise = 0
        self._saved: set[Storage] = set()
        self.x = self._new(x.shape(self.batch), grad, strides)
        self.query = self._new(query.shape(self.batch), True, query_strides) if query is not None else None

    def cost(self, y: Value) -> Cost:
        """The cost of everything played, `y` being the part's output."""
        x = self.x.storage
        query = self.query.storage if self.query is not None else None
        inside = self._saved - {x, y.storage, query}
        known = y.storage.bytes == FLOAT * y.elements  # a cut-out view keeps more than it shows
        return Cost(
            params=self.params,
            macs=self.macs // self.batch,
            elementwise=self.elementwise // self.batch,
            saved_bytes=sum(s.bytes for s in inside) if known else None,
            saves_input=x in self._saved,
            saves_output=y.storage in self._saved,
            saves_query=query in self._saved,
            aliases_input=y.storage is x,
            batch=self.batch,
            strides=None if y.contiguous else y.strides,
        )

    def parameter(self, *shape: int) -> Value:
        """A trainable tensor, counted in `params`."""
        self.params += math.prod(shape)
        return Value(shape, st.contiguous(shape), OUTSIDE, grad=True)

    def constant(self, *shape: int, own: bool = True) -> Value:
        """A tensor without gradient; `own` False = a buffer of the module."""
        return Value(shape, st.contiguous(shape), Storage(FLOAT * math.prod(shape), own), grad=False)

    def integers(self, count: int) -> Value:
        """Indices computed on the way."""
        return Value((count,), (1,), Storage(INT64 * count, own=True), grad=False)

    def crop(self, x: Value, size: tuple[int, ...]) -> Value:
        """The beginning of the last `len(size)` axes, copied; keeps nothing."""
        shape = (*x.shape[: -len(size)], *size)
        return x if shape == x.shape else self._new(shape, x.grad)

    def reshape(self, x: Value, *shape: int) -> Value:
        """A view where the strides allow it, otherwise a copy; one size may be -1."""
        if -1 in shape:
            rest = -math.prod(shape)
            shape = tuple([x.elements // rest if n == -1 else n for n in shape])
        strides = st.view(x.shape, x.strides, shape)
        return self._new(shape, x.grad) if strides is None else Value(shape, strides, x.storage, x.grad)

    def permute(self, x: Value, *axes: int) -> Value:
        """Axes in another order, a view."""
        shape, strides = x.shape, x.strides
        return Value(tuple([shape[a] for a in axes]), tuple([strides[a] for a in axes]), x.storage, x.grad)

    def transpose(self, x: Value, a: int, b: int) -> Value:
        """Two axes exchanged, a view."""
        axes = list(range(len(x.shape)))
        axes[a], axes[b] = axes[b], axes[a]
        return self.permute(x, *axes)

    def gather(self, x: Value, *shape: int) -> Value:
        """Entries of `x` in a new tensor of another shape; keeps nothing but indices, which are buffers."""
        return self._new(shape, x.grad)

    def contiguous(self, x: Value) -> Value:
        """The tensor itself if its elements lie in order, otherwise a copy."""
        return x if x.contiguous else self._new(x.shape, x.grad)

    def _new(self, shape: tuple[int, ...], grad: bool, strides: tuple[int, ...] | None = None) -> Value:
        return Value(shape, strides or st.contiguous(shape), Storage(FLOAT * math.prod(shape), own=True), grad)

    def _keep(self, *values: Value) -> None:
        for value in values:
            if value.storage.own:
                self._saved.add(value.storage)

    def _keep_extra(self, bytes: int) -> None:
        self._saved.add(Storage(bytes, own=True))

    def _after(self, shape: tuple[int, ...], grad: bool, *xs: Value) -> Value:
        """What a spatial operation makes of `xs`: channels-last where they all are, otherwise in order."""
        return self._new(shape, grad, st.like([(x.shape, x.strides) for x in xs], shape))
