"""Three sizes along (D, H, W): the one definition."""

from __future__ import annotations

Triple = tuple[int, int, int]


def as_triple(sizes: tuple[int, ...]) -> Triple:
    """(D, H, W) of a triple or of a pair (H, W), whose D is 1."""
    d, h, w = (1, *sizes) if len(sizes) == 2 else sizes
    return d, h, w
