"""Weights of any origin: read without executing anything, found under their names there, taken over, reported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from archlab.checkpoints.report import WeightsReport

if TYPE_CHECKING:
    from archlab.checkpoints.loading import load_weights
    from archlab.checkpoints.reading import read_state
    from archlab.checkpoints.saving import save_weights

_LAZY = {"load_weights": "loading", "read_state": "reading", "save_weights": "saving"}

__all__ = ["WeightsReport", "load_weights", "read_state", "save_weights"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
