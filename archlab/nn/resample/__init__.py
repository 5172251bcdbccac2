"""Maps at other sizes: linear, nearest, splines. Torch only, plain arguments."""

from __future__ import annotations

from archlab.nn.resample.resize import Mode, Resize

__all__ = ["Mode", "Resize"]
