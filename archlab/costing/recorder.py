"""Tensors of which only shape, strides and storage exist, and what autograd keeps of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextvars import ContextVar

import msgspec

from archlab.costing import strides as st
from archlab.costing.cost import Cost
from archlab.document.feature_map import FeatureMap

FLOAT = 4
INT64 = 8


class Conditions(msgspec.Struct, frozen=True, gc=False):
    """What surrounds a part: the batch size, whether its input needs a gradient, and how its inputs lie in memory."""

    batch: int = 1
    input_grad: bool = True
    strides: tuple[int, ...] | None = None  # None = in order of the shape
    query_strides: tuple[int, ...] | None = None


_conditions: ContextVar[Conditions] = ContextVar("archlab_tape", default=Conditions())  # noqa: B039 (immutable)


class under:
    """Within this block, every new tape has an input of this batch size, need for a gradient and memory order."""

    def __init__(self, conditions: Conditions) -> None:
        self._asked = conditions

    def __enter__(self) -> None:
        self._token = _conditions.set(self._asked)

    def __exit__(self, *error: object) -> None:
        _conditions.reset(self._token)


class Storage(msgspec.Struct, eq=False, gc=False):
    """A piece of memory that one or several tensors look at."""

    bytes: int
    own: bool = True  # False: a parameter or buffer, which exists with or without a backward pass


OUTSIDE = Storage(0, own=False)  # of every parameter


class Value(msgspec.Struct, eq=False, gc=False):
    """A tensor of which only shape, strides, storage and the need for a gradient are known.

    `strides` are None where the elements lie in the order of the shape. Nearly all tensors do, and are so many that
    working out the strides of each would be a large part of an estimate.
    """

    shape: tuple[int, ...]
    strides: tuple[int, ...] | None
    storage: Storage
    grad: bool
    elements: int  # numbers in the tensor: the product of the shape

    @property
    def contiguous(self) -> bool:
        """Whether the elements lie in memory in the order of the shape."""
        return self.strides is None or st.is_contiguous(self.shape, self.strides)

    @property
    def memory(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shape and strides, these written out."""
        return self.shape, st.contiguous(self.shape) if self.strides is None else self.strides


class Recorder:
    """Counts, views and copies, and the set of storages that are kept for the backward pass.

    Attributes:
        x: the part's input, with batch axis, under the conditions of the block `under`.
        query: the second input of a gate, None without one.
        params, macs, elementwise: sums so far, for the whole batch.
    """

    def __init__(self, x: FeatureMap, query: FeatureMap | None = None) -> None:
        around = _conditions.get()
        self.batch = around.batch
        self.params = 0
        self.macs = 0
        self.elementwise = 0
        self._saved: set[Storage] = set()
        self.x = self._new(x.shape(self.batch), around.input_grad, around.strides)
        self.query = self._new(query.shape(self.batch), True, around.query_strides) if query is not None else None

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
            saved_bytes=sum([s.bytes for s in inside]) if known else None,
            saves_input=x in self._saved,
            saves_output=y.storage in self._saved,
            saves_query=query in self._saved,
            aliases_input=y.storage is x,
            batch=self.batch,
            strides=None if y.contiguous else y.strides,
        )

    def parameter(self, *shape: int) -> Value:
        """A trainable tensor, counted in `params`."""
        elements = math.prod(shape)
        self.params += elements
        return Value(shape, None, OUTSIDE, True, elements)

    def constant(self, *shape: int, own: bool = True) -> Value:
        """A tensor without gradient; `own` False = a buffer of the module."""
        elements = math.prod(shape)
        return Value(shape, None, Storage(FLOAT * elements, own), False, elements)

    def integers(self, count: int) -> Value:
        """Indices computed on the way."""
        return Value((count,), None, Storage(INT64 * count), False, count)

    def crop(self, x: Value, size: tuple[int, ...]) -> Value:
        """The beginning of the last `len(size)` axes, copied; keeps nothing."""
        shape = (*x.shape[: -len(size)], *size)
        return x if shape == x.shape else self._new(shape, x.grad)

    def reshape(self, x: Value, *shape: int) -> Value:
        """A view where the strides allow it, otherwise a copy; one size may be -1."""
        if -1 in shape:
            rest = -math.prod(shape)
            shape = tuple([x.elements // rest if n == -1 else n for n in shape])
        if x.strides is None:
            return Value(shape, None, x.storage, x.grad, x.elements)
        strides = st.view(x.shape, x.strides, shape)
        if strides is None:
            return self._new(shape, x.grad)
        return Value(shape, strides, x.storage, x.grad, x.elements)

    def permute(self, x: Value, *axes: int) -> Value:
        """Axes in another order, a view."""
        shape, strides = x.memory
        order = tuple(map(strides.__getitem__, axes))
        return Value(tuple(map(shape.__getitem__, axes)), order, x.storage, x.grad, x.elements)

    def transpose(self, x: Value, a: int, b: int) -> Value:
        """Two axes exchanged, a view."""
        shape, strides = map(list, x.memory)
        shape[a], shape[b] = shape[b], shape[a]
        strides[a], strides[b] = strides[b], strides[a]
        return Value(tuple(shape), tuple(strides), x.storage, x.grad, x.elements)

    def unbind(self, x: Value, axis: int) -> list[Value]:
        """The entries of one axis, which vanishes: views that share the memory of `x`."""
        shape, strides = ((*t[:axis], *t[axis + 1 :]) for t in x.memory)
        count = x.shape[axis]
        return [Value(shape, strides, x.storage, x.grad, x.elements // count) for _ in range(count)]

    def narrow(self, x: Value, axis: int, count: int) -> Value:
        """`count` entries of one axis, a view; which ones makes no difference here."""
        shape = list(x.shape)
        shape[axis] = count
        return Value(tuple(shape), x.memory[1], x.storage, x.grad, math.prod(shape))

    def cat(self, xs: Sequence[Value], axis: int) -> Value:
        """Tensors behind one another along one axis, copied; keeps nothing."""
        shape = list(xs[0].shape)
        shape[axis] = sum(x.shape[axis] for x in xs)
        return self._after(tuple(shape), any(x.grad for x in xs), *xs)

    def gather(self, x: Value, *shape: int) -> Value:
        """Entries of `x` in a new tensor of another shape; keeps nothing but indices, which are buffers."""
        return self._new(shape, x.grad)

    def contiguous(self, x: Value) -> Value:
        """The tensor itself if its elements lie in order, otherwise a copy."""
        return x if x.contiguous else self._new(x.shape, x.grad)

    def _new(self, shape: tuple[int, ...], grad: bool, strides: tuple[int, ...] | None = None) -> Value:
        elements = math.prod(shape)
        return Value(shape, strides, Storage(FLOAT * elements), grad, elements)

    def _keep(self, *values: Value) -> None:
        for value in values:
            if value.storage.own:
                self._saved.add(value.storage)

    def _keep_extra(self, bytes: int) -> None:
        self._saved.add(Storage(bytes))

    def _after(self, shape: tuple[int, ...], grad: bool, *xs: Value) -> Value:
        """What a spatial operation makes of `xs`: channels-last where they all are, otherwise in order."""
        for x in xs:
            if x.strides is None:
                return self._new(shape, grad)
        return self._new(shape, grad, st.like([x.memory for x in xs], shape))
