"""Closed forms of what carries a map from node to node."""

from __future__ import annotations

from collections.abc import Sequence

from archlab.spec.tape import Tape, Value
from archlab.trace.frames import conv_of, from_frames, to_frames, volume


def patch_merge(tape: Tape, channels: int, steps: int, *, dims: int = 2) -> Value:
    """Closed form of `PatchMerge` on the tape's input."""
    frames, depth = to_frames(tape, tape.x)
    for _ in range(steps):
        n, c, h, w = frames.shape
        if dims == 2:
            phases = tape.permute(tape.reshape(frames, n, c, h // 2, 2, w // 2, 2), 0, 5, 3, 1, 2, 4)
        else:
            b, d = n // depth, depth // 2
            cubes = tape.reshape(frames, b, d, 2, c, h // 2, 2, w // 2, 2)
            phases, n, depth = tape.permute(cubes, 0, 1, 2, 7, 5, 3, 4, 6), b * d, d
        stacked = tape.reshape(phases, n, 2**dims * c, h // 2, w // 2)
        frames = tape.conv(stacked, channels, (1, 1), bias=False)
    return volume(tape, frames, depth) if dims == 3 else from_frames(tape, frames, tape.x)


def interp_conv(
    tape: Tape, channels: int, steps: int, *, kernel: int, up: bool, mode: str = "linear", dims: int = 2
) -> Value:
    """Closed form of `InterpConv` on the tape's input."""
    x = tape.x if dims == 3 else to_frames(tape, tape.x)[0]
    for _ in range(steps):
        x = resize(tape, x, [2 * n if up else n // 2 for n in x.shape[2:]], mode)
        x = conv_of(tape, x, channels, kernel, bias=False)
    return x if dims == 3 else from_frames(tape, x, tape.x)


def strided_conv(tape: Tape, channels: int, steps: int, *, dims: int = 2) -> Value:
    """Closed form of `StridedConv` on the tape's input."""
    x = tape.x if dims == 3 else to_frames(tape, tape.x)[0]
    for _ in range(steps):
        x = conv_of(tape, x, channels, bias=False, stride=2)
    return x if dims == 3 else from_frames(tape, x, tape.x)


def resize_map(tape: Tape, size: Sequence[int], mode: str, *, dims: int = 2) -> Value:
    """Closed form of `ResizeMap` on the tape's input; the result has `size`, ([D,] H, W)."""
    if dims == 3:
        return resize(tape, tape.x, size, mode)
    frames, _ = to_frames(tape, tape.x)
    return from_frames(tape, resize(tape, frames, size[-2:], mode), tape.x)


def resize(tape: Tape, x: Value, size: Sequence[int], mode: str) -> Value:
    """Closed form of `Resize`; a spline is one product per axis, W first, with matrices that all modules share."""
    if mode != "spline":
        return tape.interpolate(x, size, mode)
    for axis in (-1, -2, *range(-3, -len(size) - 1, -1)):
        x = _product(tape, x, len(x.shape) + axis, size[axis])
    return x


def pointwise(tape: Tape, channels: int, *, bias: bool = False) -> Value:
    """Closed form of `Pointwise`: a 1x1 convolution of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    return from_frames(tape, tape.conv(frames, channels, (1, 1), bias=bias), tape.x)


def zero_pad(tape: Tape, channels: int) -> Value:
    """Closed form of `ZeroPad` on the tape's input."""
    return tape.fill_up(tape.x, (channels, *tape.x.shape[2:]))


def additive_gate(tape: Tape) -> Value:
    """Closed form of `nn.fusion.AdditiveGate` on the tape's input, steered by its query."""
    assert tape.query is not None
    frames, _ = to_frames(tape, tape.x)
    queries, _ = to_frames(tape, tape.query)
    channels = frames.shape[1]
    skip = tape.conv(frames, channels, (1, 1), bias=False)
    below = tape.conv(queries, channels, (1, 1), bias=False)
    gate = tape.conv(tape.activation(tape.add(below, skip), "relu"), 1, (1, 1), bias=False)
    return from_frames(tape, tape.mul(frames, tape.activation(gate, "sigmoid")), tape.x)


def _product(tape: Tape, x: Value, axis: int, pixels: int) -> Value:
    """The product of one axis with a constant matrix."""
    lead, old, rest = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
    if not rest:
        return tape.matmul(x, tape.constant(*lead[:-1], old, pixels, own=False))
    flat = tape.reshape(x, *lead, old, -1)
    done = tape.matmul(tape.constant(*lead, pixels, old, own=False), flat)
    return tape.reshape(done, *lead, pixels, *rest)
