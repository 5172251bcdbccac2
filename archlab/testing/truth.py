"""What really happens: modules built and run on the CPU, watched by torch's own hooks and counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from archlab.nn.shared import is_constant


class Kept(NamedTuple):
    """Bytes that autograd kept, in storages that are neither parameters, buffers nor constants of sizes.

    `ends` says of each given tensor whether it was among them; its bytes are then not in `bytes`.
    """

    bytes: int
    ends: tuple[bool, ...]


def kept_for_backward(module: nn.Module, *xs: torch.Tensor, apart: bool = True) -> tuple[Any, Kept]:
    """Run in training mode with gradients; what comes out, and what was kept.

    With `apart`, inputs and a single output are reported by themselves, otherwise everything is one sum.
    """
    module.train()
    own = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers())}
    storages: dict[int, torch.UntypedStorage] = {}  # held, so that no address is used twice

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own and not is_constant(tensor):
            storages[storage._cdata] = storage
        return tensor.detach()  # an output kept by its own operation would hold itself, out of reach of the collector

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        y = module(*xs)
    ends = [t.untyped_storage()._cdata for t in (*xs, y)] if apart else []
    inside = sum(s.nbytes() for key, s in storages.items() if key not in ends)
    return y, Kept(inside, tuple(key in storages for key in ends))


def macs_on_meta(module: nn.Module, *xs: torch.Tensor) -> int:
    """MACs by torch's FlopCounterMode on the meta device, gradients on."""
    module = module.to("meta")
    with FlopCounterMode(display=False) as counter:
        module(*(x.detach().to("meta") for x in xs))
    flops = counter.get_total_flops()
    assert flops % 2 == 0
    return flops // 2


def shapes(y: Any) -> list[tuple[int, ...]]:
    """Shapes of what a network returns."""
    return [tuple(t.shape) for t in (y if isinstance(y, Sequence) else [y])]
