"""Channels along a chain of steps, each halving or doubling a map."""

from __future__ import annotations


def chain(in_channels: int, out_channels: int, steps: int) -> list[tuple[int, int]]:
    """Channels in and out of every step: the first changes them, the others keep them."""
    return [(in_channels, out_channels), *[(out_channels, out_channels)] * (steps - 1)]
