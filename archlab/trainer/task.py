"""What can be trained: the base of tasks.

A new task is one file in `archlab/trainer/tasks/`. Task files import no torch at their top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

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
