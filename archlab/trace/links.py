"""Closed forms of what carries a map from node to node."""

from __future__ import annotations

from archlab.spec.tape import Tape, Value
from archlab.trace.frames import conv3x3, from_frames, to_frames


def patch_merge(tape: Tape, channels: int, steps: int) -> Value:
    """`PatchMerge` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    for _ in range(steps):
        n, c, h, w = frames.shape
        phases = tape.permute(tape.reshape(frames, n, c, h // 2, 2, w // 2, 2), 0, 5, 3, 1, 2, 4)
        frames = tape.conv(tape.reshape(phases, n, 4 * c, h // 2, w // 2), channels, (1, 1), bias=False)
    return from_frames(tape, frames, tape.x)


def interp_conv(tape: Tape, channels: int, steps: int, *, kernel: int, up: bool) -> Value:
    """`InterpConv` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    for _ in range(steps):
        h, w = frames.shape[2:]
        frames = tape.interpolate(frames, (2 * h, 2 * w) if up else (h // 2, w // 2))
        if kernel == 3:
            frames = conv3x3(tape, frames, channels, bias=False)
        else:
            frames = tape.conv(frames, channels, (1, 1), bias=False)
    return from_frames(tape, frames, tape.x)


def strided_conv(tape: Tape, channels: int, steps: int) -> Value:
    """`StridedConv` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    for _ in range(steps):
        frames = conv3x3(tape, frames, channels, bias=False, stride=2)
    return from_frames(tape, frames, tape.x)


def pointwise(tape: Tape, channels: int, *, bias: bool = False) -> Value:
    """`Pointwise`, a 1x1 convolution of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    return from_frames(tape, tape.conv(frames, channels, (1, 1), bias=bias), tape.x)


def additive_gate(tape: Tape) -> Value:
    """`AdditiveGate` on the tape's input, steered by its query."""
    assert tape.query is not None
    frames, _ = to_frames(tape, tape.x)
    queries, _ = to_frames(tape, tape.query)
    channels = frames.shape[1]
    skip = tape.conv(frames, channels, (1, 1), bias=False)
    below = tape.conv(queries, channels, (1, 1), bias=False)
    gate = tape.conv(tape.activation(tape.add(below, skip), "relu"), 1, (1, 1), bias=False)
    return from_frames(tape, tape.mul(frames, tape.activation(gate, "sigmoid")), tape.x)
