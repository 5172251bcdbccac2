"""Closed form of resampling a map to another size."""

from __future__ import annotations

from collections.abc import Sequence

from archlab.costing.tape import Tape, Value


def resize(tape: Tape, x: Value, size: Sequence[int], mode: str) -> Value:
    """Closed form of `nn.resample.Resize` to `size`, ([D,] H, W).

    A spline is one matrix product per axis, W first, whose matrices are constants.
    """
    if mode != "spline":
        return tape.interpolate(x, size, mode)
    for axis in (-1, -2, *range(-3, -len(size) - 1, -1)):
        x = _product(tape, x, len(x.shape) + axis, size[axis])
    return x


def _product(tape: Tape, x: Value, axis: int, pixels: int) -> Value:
    """A matrix that learns nothing times one axis."""
    lead, old, rest = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    if not rest:
        return tape.matmul(x, tape.constant(*lead[:-1], old, pixels, own=False))
    flat = tape.reshape(x, *lead, old, -1)
    done = tape.matmul(tape.constant(*lead, pixels, old, own=False), flat)
    return tape.reshape(done, *lead, pixels, *rest)
