"""Constant tensors that follow from sizes alone: masks of attention, index tables, matrices of splines.

They belong to no module. As buffers they would be averaged by an EMA, left without numbers by `to_empty` and
`load_state_dict(assign=True)`, rounded twice by `half` and `double`, and exchanged under another thread's feet. Here a
forward asks for the constant of its sizes, on the device and in the precision of its data, and gets what every other
forward with these sizes gets.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

Maker = Callable[..., tuple[Tensor, ...]]
LIMIT = 128 * 2**20  # bytes of constants that are remembered
NAMESPACE = "archlab"

_MAKERS: dict[str, Maker] = {}


def maker(make: Maker) -> Maker:
    """Registers a function that computes constants, under its own name.

    It takes integers and returns tensors on the CPU, numbers that are to be rounded in float64.

    Raises:
        ValueError: another function has that name.
    """
    if _MAKERS.setdefault(make.__name__, make) is not make and _MAKERS[make.__name__].__module__ != make.__module__:
        raise ValueError(f"two makers of constants are called {make.__name__!r}.")
    _MAKERS[make.__name__] = make
    return make


def constant(make: Maker, sizes: Sequence[int], like: Tensor, part: int = 0) -> Tensor:
    """Tensor number `part` of `make(*sizes)`, on the device of `like`; numbers that are no integers in its precision.

    It is computed once and shared by all callers: nobody may write to it. `make` is a registered `maker`. A graph that
    is traced (torch.compile, torch.export, torch.jit.trace, FakeTensorMode) holds it as a constant, and is thereby
    bound to these sizes.
    """
    if torch.compiler.is_dynamo_compiling():
        # dynamo cannot look into locks and threads: it writes down one operation, which later stages trace through
        out: Tensor = getattr(torch.ops, NAMESPACE).constant(like, make.__name__, list(sizes), part)
        return out
    return _constant(like, make.__name__, sizes, part)


def is_constant(tensor: Tensor) -> bool:
    """Whether a tensor is one of the constants that are remembered, or a view of one."""
    return _RECENT.holds(tensor.untyped_storage())


def _constant(like: Tensor, name: str, sizes: Sequence[int], part: int) -> Tensor:
    # a tracer's symbols become the numbers of its example here
    key = _Key(name, tuple(int(n) for n in sizes), like.device, like.dtype)
    found = _RECENT.get(key)
    if found is None:
        # modes (inference, fake tensors, vmap, the default device) belong to a thread, and in a new one none is on
        with ThreadPoolExecutor(max_workers=1) as apart:
            found = _RECENT.put(key, apart.submit(_made, key).result())
    # `like` of another class is a tracer's stand-in, and so must the constant be: as if torch.tensor had made it
    return found[part] if type(like) is Tensor else torch.ops.aten.lift_fresh.default(found[part])


class _Key(NamedTuple):
    """All that a constant depends on."""

    maker: str
    sizes: tuple[int, ...]
    device: torch.device
    dtype: torch.dtype


def _made(key: _Key) -> tuple[Tensor, ...]:
    tensors = _MAKERS[key.maker](*key.sizes)
    return tuple(t.to(key.device, key.dtype if t.is_floating_point() else t.dtype) for t in tensors)


class Recent:
    """Constants that were asked for last, of `limit` bytes together (a single one may be larger); for all threads."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._known: OrderedDict[_Key, tuple[Tensor, ...]] = OrderedDict()
        self._captured: dict[_Key, tuple[Tensor, ...]] = {}
        self.unlock()

    def unlock(self) -> None:
        """A new lock: after a fork, the old one may be held by a thread that the child does not have."""
        self._lock = threading.Lock()

    def get(self, key: _Key) -> tuple[Tensor, ...] | None:
        """The tensors of that key."""
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
                self._keep_captured(key, found)
            return found

    def put(self, key: _Key, made: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Remembers tensors, lets go of those that were not asked for longest; the first of two threads wins."""
        with self._lock:
            if key in self._known:
                return self._known[key]
            self._known[key] = made
            self._keep_captured(key, made)
            self.bytes += _bytes(made)
            while self.bytes > self.limit and len(self._known) > 1:
                _, old = self._known.popitem(last=False)
                self.bytes -= _bytes(old)
            return made

    def _keep_captured(self, key: _Key, tensors: tuple[Tensor, ...]) -> None:
        """Never lets go of what a CUDA graph captures now: it reads this memory at every replay."""
        if key.device.type == "cuda" and torch.cuda.is_current_stream_capturing():
            self._captured[key] = tensors

    def holds(self, storage: torch.UntypedStorage) -> bool:
        """Whether one of the tensors lies in that memory."""
        with self._lock:
            return any(t.untyped_storage()._cdata == storage._cdata for found in self._known.values() for t in found)


def _bytes(tensors: tuple[Tensor, ...]) -> int:
    # of storages, since `numel` is a traced tensor under torch.jit.trace
    return sum(t.untyped_storage().nbytes() for t in tensors if not t.is_meta)


_RECENT = Recent(LIMIT)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_RECENT.unlock)

_OPERATIONS = torch.library.Library(NAMESPACE, "FRAGMENT")
_OPERATIONS.define("constant(Tensor like, str maker, int[] sizes, int part) -> Tensor")
_OPERATIONS.impl("constant", _constant, "CompositeImplicitAutograd")
