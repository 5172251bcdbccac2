"""What becomes of the tensors of a file on their way into a net, by a rule's `Change`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from archlab.checkpoints.naming import Change


def changed(given: Sequence[Tensor], change: Change, shape: Sequence[int]) -> Tensor:
    """Joined, cut, turned and reshaped as the change says; `shape` is that of the net's tensor.

    What cannot be changed so, because it is of another size, stays as it is: its shape does not fit then.
    """
    tensor = given[0] if len(given) == 1 else _joined(given)
    number, parts = change.part
    if parts > 1 and tensor.dim() and tensor.shape[0] % parts == 0:
        tensor = tensor.chunk(parts)[number]
    if change.axes and tensor.dim() == len(change.axes):
        tensor = tensor.permute(change.axes)
    if change.reshaped and tensor.numel() == math.prod(shape):
        tensor = tensor.reshape(tuple(shape))
    return tensor


def _joined(given: Sequence[Tensor]) -> Tensor:
    """One behind the other along the first axis; the first alone where they do not fit together."""
    alike = all(one.dim() and one.shape[1:] == given[0].shape[1:] and one.dtype == given[0].dtype for one in given)
    return torch.cat(list(given)) if alike else given[0]
