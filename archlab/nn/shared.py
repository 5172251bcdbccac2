"""Constant tensors that equal modules share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

_KNOWN: WeakValueDictionary[tuple[Hashable, str, torch.device, torch.dtype], Tensor] = WeakValueDictionary()


class Constants(nn.Module):
    """Tensors that follow from sizes alone: on the module's device, in no state_dict, one copy for all equal modules.

    `make` computes those of these `names`, on the CPU, when no module has them yet; `key` says what they follow from.
    """

    def __init__(self, key: Hashable, names: Sequence[str], make: Callable[[], dict[str, Tensor]]) -> None:
        super().__init__()
        self.key = key
        self.make = make
        known = {name: tensor for name in names if (tensor := _known(key, name)) is not None}
        if len(known) < len(names):
            with torch.device("cpu"):
                known = make()
        for name, tensor in known.items():
            self.register_buffer(name, tensor, persistent=False)
        self._share()
        self._apply(lambda tensor: tensor.to(torch.get_default_device()))

    def tensor(self, name: str) -> Tensor:
        """The tensor of that name."""
        found: Tensor = getattr(self, name)
        return found

    def _apply(self, fn: Any, recurse: bool = True) -> Constants:
        before = dict(self._buffers)
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        made: dict[str, Tensor] = {}
        for name, here in list(self._buffers.items()):
            old = before[name]
            if type(here) is not Tensor or old is None or here.is_meta:
                continue
            if old.is_meta:
                made = made or self.make()
            # `to_empty` hands out memory that holds no numbers
            self._buffers[name] = made.get(name, old).to(here)
        self._share()
        return self

    def _share(self) -> None:
        for name, tensor in list(self._buffers.items()):
            if type(tensor) is Tensor:  # neither absent nor a tracer's stand-in
                self._buffers[name] = _KNOWN.setdefault((self.key, name, tensor.device, tensor.dtype), tensor)


def _known(key: Hashable, name: str) -> Tensor | None:
    """What a module on the CPU holds as `make` would make it now: of indices, or of the default precision."""
    cpu, dtypes = torch.device("cpu"), (torch.get_default_dtype(), torch.long)
    found = (_KNOWN.get((key, name, cpu, dtype)) for dtype in dtypes)
    return next((tensor for tensor in found if tensor is not None), None)
