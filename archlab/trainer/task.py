"""What can be trained: the base of tasks, and the list of those that come with archlab.

A new task is one file in `archlab/trainer/tasks/`. Task files import no torch at their top.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from archlab.document.diagnostics import ArchlabError, did_you_mean
from archlab.document.feature_map import FeatureMap

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.data import Dataset

    from archlab.trainer.metrics import Metric

SAME_SOURCE = "The held-out part is of the same source: teaching numbers, not generalisation."


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """Samples of a task, sized for one document: datasets of (image, target), and what a reader must know."""

    train: Dataset[Any]
    test: Dataset[Any]
    classes: tuple[str, ...]
    note: str = SAME_SOURCE


class Task:
    """Something to train a backbone on: data, a default head, a loss and a metric.

    `kind` is `classify` (one class per image) or `dense` (one class per pixel). The first line of a task's docstring
    is its description.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    source: ClassVar[str] = ""
    kind: Literal["classify", "dense"] = "classify"

    @property
    def description(self) -> str:
        """First line of the docstring."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]

    def data(self, image: FeatureMap) -> Data:
        """Samples for a document with input `image`; ValueError when the task cannot give such images."""
        raise NotImplementedError

    def head(self, classes: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
        """Type and fields of the head that a document without one is given."""
        return self.kind, {"classes": len(classes)}

    def loss(self, output: Tensor, target: Tensor) -> Tensor:
        """Scalar loss of the net's output `(B, K[, D][, H, W])` against class numbers."""
        from torch.nn import functional

        return functional.cross_entropy(output, target)

    def metric(self, classes: Sequence[str], channels: int) -> Metric:
        """A fresh metric over an output of `channels` channels."""
        from archlab.trainer.metrics import Metric

        return Metric(self.kind, classes, channels)

    @staticmethod
    def from_dataset(
        dataset: Dataset[Any],
        test: Dataset[Any] | None = None,
        *,
        classes: int | Sequence[str] | None = None,
        name: str = "dataset",
    ) -> Task:
        """A task over a torch Dataset of (image, target).

        Images are `(C, [D,] H, W)` of the document's input size; integers are scaled from 0..255 to 0..1. A scalar
        target makes it a classification, a map `([D,] H, W)` of class numbers a segmentation (-100 = not counted).
        Without `test`, 20 % are held out, drawn by a fixed seed. Without `classes`, those of `dataset.classes` hold,
        else every target is read once and counted. Raises TypeError for a dataset without length or indexing.
        """
        from archlab.trainer.from_dataset import DatasetTask

        return DatasetTask(dataset, test, classes=classes, name=name)


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
    return Task.from_dataset(task)
