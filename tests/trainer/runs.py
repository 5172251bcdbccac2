"""Short runs and data for them."""

from __future__ import annotations

import torch
from torch.utils.data import TensorDataset

from archlab.trainer import run


def kinds(training) -> list[str]:
    return [event.type for event in training]


def losses(*args, **options) -> list[float]:
    return run(*args, **{"steps": 4, "batch_size": 8, **options}).history["loss"]


def noise(count: int, *shape: int, classes: int = 2) -> TensorDataset:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(count, *shape, generator=generator)
    return TensorDataset(images, torch.arange(count) % classes)
