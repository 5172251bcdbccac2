"""Watches one run of a net on the meta device: which operation reads which tensor, and what modules are handed."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from archlab.compiler.backbone import Backbone

COPIES = (torch.ops.aten.clone.default,)  # what gives the numbers of its one tensor again, in the same axes


class Made(NamedTuple):
    """The operation that made a tensor, and the tensors that it read."""

    by: Any
    of: list[Tensor]


class Watch(TorchDispatchMode):
    """Every tensor of a run, all kept alive so that their ids stay their own; on the meta device they hold nothing.

    Attributes:
        made: how a tensor came about, by its id.
        uses: how many have read it: an operation, a module that is watched, who looks at a node, a link or a hook.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[int, Made] = {}
        self.uses: Counter[int] = Counter()
        self.quiet = False  # inside a module that is counted as one reader
        self._alive: list[Any] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        read = {id(t): t for t in tensors_in((args, kwargs))}
        if not self.quiet:
            self.uses.update(read.keys())
        for tensor in tensors_in(out):
            if id(tensor) not in read:  # an operation in place hands on what it read
                self.made[id(tensor)] = Made(func, list(read.values()))
        self._alive += [args, out]
        return out

    def use(self, values: Any) -> None:
        """Somebody looks at these tensors."""
        self.uses.update(id(t) for t in tensors_in(values))
        self._alive.append(values)

    def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
        """What leaves a node is there for whoever asks."""
        self.use(out)

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        """What a link brings as well."""
        self.use(out)

    def way(self, tensor: Tensor, start: Callable[[Tensor], bool]) -> list[Tensor] | None:
        """The tensors from the one at which it starts to `tensor`, each the last one with other axes; None = no way."""
        way = [tensor]
        while not start(way[-1]):
            made = self.made.get(id(way[-1]))
            if made is None or not _moved(made, way[-1]):
                return None
            way += made.of
        return way[::-1]

    def channels(self, way: list[Tensor]) -> int | None:
        """Where at the end of a way the axis stands that was number 1 at its start; None where it was cut up."""
        axis = 1
        if way[0].shape[axis] == 1:
            return axis  # a single channel is the same wherever its axis went
        for one, other in pairwise(way):
            if self.made[id(other)].by in COPIES:
                continue
            # both fill the same memory without gaps, so that size and stride of an axis say which one it is
            sought = (one.shape[axis], one.stride(axis))
            found = [n for n, seen in enumerate(zip(other.shape, other.stride(), strict=True)) if seen == sought]
            if not found:
                return None
            axis = found[0]
        return axis


def hollow_copy(net: Backbone) -> Backbone:
    """The same modules with parameters and buffers on the meta device, without anybody's hooks, in eval mode."""
    held = (*net.parameters(), *net.buffers())
    memo: dict[int, Any] = {id(tensor): _hollow(tensor) for tensor in held}
    memo |= {id(known): known for known in (net.graph, net.spec, net.registry)}
    return copy.deepcopy(net, memo).eval()


def tensors_in(values: Any) -> Iterator[Tensor]:
    """The tensors in nested lists, tuples and mappings."""
    return (value for value in tree_leaves(values) if isinstance(value, Tensor))


def _hollow(tensor: Tensor) -> Tensor:
    empty = torch.empty_like(tensor, device="meta", requires_grad=False)
    return nn.Parameter(empty, requires_grad=False) if isinstance(tensor, nn.Parameter) else empty


def _moved(made: Made, tensor: Tensor) -> bool:
    """Whether a tensor is another arrangement of the only one that its operation read, with all its numbers."""
    if len(made.of) != 1 or made.by._schema.is_mutable:
        return False
    (source,) = made.of
    alike = (source.dtype, source.numel()) == (tensor.dtype, tensor.numel()) and not tensor.is_neg()
    return alike and (made.by in COPIES or _start(source) == _start(tensor)) and _dense(source) and _dense(tensor)


def _start(tensor: Tensor) -> tuple[int, int | torch.SymInt]:
    """Where its memory is, and where in it its numbers start."""
    return tensor.untyped_storage()._cdata, tensor.storage_offset()


def _dense(tensor: Tensor) -> bool:
    """Whether its numbers fill a piece of memory, each with a place of its own."""
    expected = 1
    for stride, size in sorted((s, n) for s, n in zip(tensor.stride(), tensor.shape, strict=True) if n > 1):
        if stride != expected:
            return False
        expected *= size
    return True
