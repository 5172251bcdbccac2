"""Datasets and loaders of the trainer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from archlab.document.feature_map import FeatureMap

Array = np.ndarray[Any, Any]
Sample = tuple[Tensor, Tensor]


class ResizedImages(Dataset[Sample]):
    """Grey images `(N, h, w)` with a class each, given out as `(C, [D,] H, W)` of `image`.

    Resized when they are asked for: a large input costs time, not memory.
    """

    def __init__(self, images: Array, targets: Array, image: FeatureMap) -> None:
        self._images = torch.from_numpy(images)
        self._targets = torch.from_numpy(targets)
        self._image = image

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Sample:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Sample]:
        """A whole batch at once, which DataLoader prefers."""
        image, chosen = self._image, list(indices)
        grey = self._images[chosen][:, None]
        grey = functional.interpolate(grey, (image.height, image.width), mode="bilinear", align_corners=False)
        frames = grey if len(image.size) == 2 else grey[:, :, None]
        images = frames.expand(len(chosen), image.channels, *image.size)
        return list(zip(images.unbind(), self._targets[chosen].unbind(), strict=True))


class Generated(Dataset[Sample]):
    """`count` samples, each made from its number by `make`."""

    def __init__(self, make: Callable[[int], tuple[Array, Array]], count: int) -> None:
        self._make = make
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._count:
            raise IndexError(index)
        pixels, target = self._make(index)
        return torch.from_numpy(pixels), torch.from_numpy(target)


def size(dataset: Dataset[Any]) -> int:
    """Number of samples."""
    return len(dataset)  # type: ignore[arg-type]


def training_batches(dataset: Dataset[Any], batch_size: int, seed: int) -> Iterator[Sample]:
    """Batches for ever, shuffled anew each epoch by a generator of its own; a short last batch is left out."""
    loader = DataLoader(
        dataset,
        batch_size=min(batch_size, size(dataset)),
        shuffle=True,
        drop_last=True,
        generator=torch.Generator().manual_seed(seed),
    )
    while True:
        yield from loader


def batches(dataset: Dataset[Any], batch_size: int) -> Iterator[Sample]:
    """All samples once, in order."""
    # A generator of its own: a loader without one draws its base seed from torch's global generator.
    yield from DataLoader(dataset, batch_size=batch_size, generator=torch.Generator())


def first_images(dataset: Dataset[Any], count: int) -> Tensor:
    """The first `count` images as one batch `(B, C, [D,] H, W)`."""
    return torch.stack([dataset[i][0] for i in range(min(count, size(dataset)))])
