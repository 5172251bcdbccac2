"""Training: a plain torch loop that yields events, tasks, and probes.

Names are looked up when they are asked for, so that events, control and the list of tasks come without torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from archlab.trainer.choosing import available_tasks
from archlab.trainer.control import Control
from archlab.trainer.task import Data, Task

if TYPE_CHECKING:
    from archlab.trainer.engine import Training, train
    from archlab.trainer.own_dataset import from_dataset
    from archlab.trainer.probes.capture import Probes
    from archlab.trainer.result import TrainResult, run

_LAZY = {
    "Probes": "probes.capture",
    "TrainResult": "result",
    "Training": "engine",
    "from_dataset": "own_dataset",
    "run": "result",
    "train": "engine",
}

__all__ = [
    "Control",
    "Data",
    "Probes",
    "Task",
    "TrainResult",
    "Training",
    "available_tasks",
    "from_dataset",
    "run",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
