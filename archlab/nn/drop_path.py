"""Stochastic depth: a branch is left out for whole samples while training."""

from __future__ import annotations

from torch import Tensor


def drop_path(branch: Tensor, depth: int, p: float) -> Tensor:
    """Whole samples of the branch become zero with probability `p`, the others grow to make up.

    `branch` holds frames, `(B * depth, ...)`, those of a sample side by side: they share its fate. With `p` 0, as in
    evaluation, it is returned as it is.

    Source: Huang et al. 2016, section 3; "row" mode as in torchvision.
    """
    if p == 0.0:
        return branch
    keep = 1.0 - p
    samples = branch.unflatten(0, (-1, depth))
    rows = samples.new_empty((samples.shape[0], *(1,) * (samples.dim() - 1))).bernoulli_(keep).div_(keep)
    return (samples * rows).flatten(0, 1)
