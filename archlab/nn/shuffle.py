"""Patches that change places inside their windows, and go back."""

from __future__ import annotations

import torch
from torch import Tensor


def places(tokens: Tensor, patches: int) -> Tensor:
    """A random order of the `patches` of every window, one for all samples, heads and features.

    For tokens `(B * patches, windows, F)`; the result holds, for every (patch, window), the place that it is taken
    from: `(patches * windows,)`.
    """
    windows = tokens.shape[1]
    order = torch.rand(patches, windows, device=tokens.device).argsort(0)
    return (order * windows + torch.arange(windows, device=tokens.device)).flatten()


def moved(tokens: Tensor, places: Tensor) -> Tensor:
    """The tokens `(B * patches, windows, F)` taken from `places`; `moved(moved(x, p), p.argsort())` is x."""
    _, windows, features = tokens.shape
    return tokens.reshape(-1, places.shape[0], features).index_select(1, places).reshape(-1, windows, features)
