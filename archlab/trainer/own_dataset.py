"""A user's own torch Dataset as a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, Subset

from archlab.document.feature_map import FeatureMap
from archlab.text.sizes import times
from archlab.trainer.data import Sample, size
from archlab.trainer.task import SAME_SOURCE, Data, Task

HELD_OUT = 0.2
NOT_COUNTED = -100  # torch's ignore_index


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
    return DatasetTask(dataset, test, classes=classes, name=name)


class DatasetTask(Task):
    """The user's own data."""

    title = "Own dataset"
    source = "the user"

    def __init__(
        self,
        dataset: Dataset[Any],
        test: Dataset[Any] | None = None,
        *,
        classes: int | Sequence[str] | None = None,
        name: str = "dataset",
    ) -> None:
        for given in (dataset,) if test is None else (dataset, test):
            if not (hasattr(given, "__getitem__") and hasattr(given, "__len__")):
                raise TypeError(
                    "A task is a name, an archlab.trainer.Task, or a torch Dataset with __len__ and __getitem__; "
                    f"got {type(given).__name__}."
                )
            if size(given) < (2 if test is None else 1):
                raise ValueError(f"The dataset has {size(given)} samples; training needs one, and one held out.")
        self.name = name  # type: ignore[misc]
        self._train = Samples(dataset)
        self._test = Samples(test) if test is not None else None
        target = self._train[0][1]
        self.kind: Literal["classify", "dense"] = "dense" if target.ndim else "classify"
        self._classes = _class_names(dataset, self._train, classes)
        for samples in filter(None, (self._train, self._test)):
            samples.classes = len(self._classes)

    def data(self, image: FeatureMap) -> Data:
        """The dataset as it is; ValueError when its images are not of the document's input size."""
        pixels, target = self._train[0]
        if tuple(pixels.shape) != image.shape()[1:]:
            found = times(pixels.shape)
            raise ValueError(
                f"The dataset's images are {found}, the document's input is {image}. "
                f'Resize them in the dataset, or use spec.with_input("{found}").'
            )
        if self.kind == "dense" and tuple(target.shape) != image.size:
            raise ValueError(
                f"The dataset's class maps are {tuple(target.shape)}, its images {image.size}: they must be alike."
            )
        if self._test is not None:
            return Data(train=self._train, test=self._test, classes=self._classes, note="")
        order = torch.randperm(size(self._train), generator=torch.Generator().manual_seed(0)).tolist()
        held_out = max(round(HELD_OUT * len(order)), 1)
        return Data(
            train=Subset(self._train, order[held_out:]),
            test=Subset(self._train, order[:held_out]),
            classes=self._classes,
            note=f"{held_out} of {len(order)} samples are held out. {SAME_SOURCE}",
        )


class Samples(Dataset[Sample]):
    """A dataset's (image, target) pairs as a float and an int64 tensor.

    Targets are compared with `classes` once that is set: on a GPU a class too many would end the whole process.
    """

    def __init__(self, dataset: Dataset[Any]) -> None:
        self._dataset = dataset
        self.classes: int | None = None

    def __len__(self) -> int:
        return size(self._dataset)

    def __getitem__(self, index: int) -> Sample:
        sample = self._dataset[index]
        if not (isinstance(sample, (tuple, list)) and len(sample) == 2):
            raise TypeError(f"A dataset gives (image, target) pairs; sample {index} is a {type(sample).__name__}.")
        target = _tensor(sample[1])
        if target.is_floating_point():
            raise TypeError(f"A target is a class number or a map of them; that of sample {index} is {target.dtype}.")
        target = target.long()
        if self.classes is not None:
            wrong = target[((target < 0) | (target >= self.classes)) & (target != NOT_COUNTED)]
            if wrong.numel():
                raise ValueError(
                    f"Sample {index} has class {int(wrong.flatten()[0])}; "
                    f"the task has {self.classes} classes, 0 to {self.classes - 1}."
                )
        return _image(sample[0]), target


def _tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else torch.as_tensor(np.asarray(value))


def _image(value: Any) -> Tensor:
    pixels = _tensor(value)
    return pixels.float() if pixels.is_floating_point() else pixels.float() / 255


def _class_names(dataset: Dataset[Any], samples: Samples, given: int | Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        given = getattr(dataset, "classes", None)
    if given is None:
        given = max(int(samples[i][1].max()) for i in range(size(samples))) + 1
    if isinstance(given, int):
        given = [str(n) for n in range(given)]
    names = tuple(str(n) for n in given)
    if len(names) < 2:
        raise ValueError(f"A task needs at least two classes; the dataset has {len(names)}.")
    return names
