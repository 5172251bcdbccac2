"""A rolling copy of a run's state in main memory, to go back to when numbers stop being finite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer


class Snapshot:
    """Weights, buffers and optimiser state as they were after `step` steps."""

    def __init__(self, net: nn.Module, optimizer: Optimizer, step: int) -> None:
        self.step = step
        self._net = _copy(net.state_dict())
        self._optimizer = _copy(optimizer.state_dict())

    def restore(self, net: nn.Module, optimizer: Optimizer) -> None:
        """Bring net and optimiser back to that step."""
        net.load_state_dict(self._net)
        optimizer.load_state_dict(self._optimizer)


def _copy(value: Any) -> Any:
    """Tensors copied to the CPU, containers rebuilt around them."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, Mapping):
        return {k: _copy(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copy(v) for v in value)
    return value
