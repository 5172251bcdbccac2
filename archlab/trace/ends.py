"""Closed forms of stems and heads."""

from __future__ import annotations

from archlab.spec.tape import Tape, Value
from archlab.trace.frames import conv3x3, from_frames, norm, to_frames


def strided_stem(tape: Tape, channels: int, steps: int, *, norm_name: str, activation: str) -> Value:
    """Closed form of `nn.stem.StridedStem` on the tape's input."""
    frames, depth = to_frames(tape, tape.x)
    for _ in range(steps):
        frames = norm(tape, conv3x3(tape, frames, channels, bias=False, stride=2), depth, norm_name)
        frames = tape.activation(frames, activation)
    return from_frames(tape, frames, tape.x)


def classify_head(tape: Tape, classes: int) -> Value:
    """Closed form of `nn.head.ClassifyHead` on the tape's input."""
    b, c = tape.x.shape[:2]
    return tape.linear(tape.mean(tape.reshape(tape.x, b, c, -1), (-1,)), classes)


def dense_head(tape: Tape, classes: int, *, kernel: int, resize: tuple[int, ...] | None) -> Value:
    """Closed form of `nn.head.DenseHead` on the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    frames = conv3x3(tape, frames, classes) if kernel == 3 else tape.conv(frames, classes, (1, 1))
    if resize is not None and len(resize) == 2:
        frames = tape.interpolate(frames, resize)
    out = from_frames(tape, frames, tape.x)
    return tape.interpolate(out, resize) if resize is not None and len(resize) == 3 else out
