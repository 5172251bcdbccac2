"""Constant tensors that equal modules share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor, nn

_KNOWN: WeakValueDictionary[tuple[Hashable, str, torch.device, torch.dtype], Tensor] = WeakValueDictionary()


class Constants(nn.Module):
    """Tensors that follow from sizes alone: on the module's device, in no state_dict, one copy for all equal modules.

    `make` computes them, by name, on the CPU, when no module has them yet; `key` says what they follow from.
    """

    def __init__(self, key: Hashable, make: Callable[[], dict[str, Tensor]]) -> None:
        super().__init__()
        self.key = key
        self.make = make
        known = {name: t for (k, name, device, _), t in _KNOWN.items() if k == key and device.type == "cpu"}
        if not known:
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
        hollow = any(t is not None and t.is_meta for t in self._buffers.values())
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        if hollow:  # what leaves the meta device holds no numbers
            for name, tensor in self.make().items():
                here = self._buffers[name]
                if here is not None and not here.is_meta:
                    self._buffers[name] = tensor.to(here)
        self._share()
        return self

    def _share(self) -> None:
        for name, tensor in list(self._buffers.items()):
            if type(tensor) is Tensor:  # neither absent nor a tracer's stand-in
                self._buffers[name] = _KNOWN.setdefault((self.key, name, tensor.device, tensor.dtype), tensor)
