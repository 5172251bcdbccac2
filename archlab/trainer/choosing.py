"""Which task is meant: one that comes with archlab by its name, one's own, or a torch Dataset."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archlab.document.diagnostics import ArchlabError, did_you_mean
from archlab.trainer.task import Task

if TYPE_CHECKING:
    from torch.utils.data import Dataset


@functools.cache
def available_tasks() -> Mapping[str, Task]:
    """Every task in `archlab/trainer/tasks/` by name."""
    from archlab.trainer import tasks

    found: dict[str, Task] = {}
    for module_info in pkgutil.iter_modules(tasks.__path__):
        module = importlib.import_module(f"{tasks.__name__}.{module_info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Task) and value.__module__ == module.__name__:
                found[value.name] = value()
    return dict(sorted(found.items()))


def as_task(task: str | Task | Dataset[Any]) -> Task:
    """A task from its name, itself, or a torch Dataset.

    Raises ArchlabError for an unknown name, TypeError for anything else.
    """
    if isinstance(task, Task):
        return task
    if isinstance(task, str):
        known = available_tasks()
        if task not in known:
            raise ArchlabError(f'There is no task "{task}". {did_you_mean(task, list(known))}')
        return known[task]
    from archlab.trainer.own_dataset import from_dataset

    return from_dataset(task)
