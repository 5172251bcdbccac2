"""Frames, volumes, mirrored convolutions and norms: what every other closed form is made of."""

from __future__ import annotations

from archlab.costing.tape import Tape, Value


def to_frames(tape: Tape, x: Value) -> tuple[Value, int]:
    """Frames of a map, and D."""
    if len(x.shape) == 4:
        return x, 1
    b, c, d, h, w = x.shape
    return tape.reshape(tape.transpose(x, 1, 2), b * d, c, h, w), d


def from_frames(tape: Tape, frames: Value, like: Value) -> Value:
    """Frames back as a map with as many axes as `like`."""
    return frames if len(like.shape) == 4 else volume(tape, frames, like.shape[2])


def volume(tape: Tape, frames: Value, depth: int) -> Value:
    """Frames as a volume `(B, C, D, H, W)`."""
    n, c, h, w = frames.shape
    return tape.transpose(tape.reshape(frames, n // depth, depth, c, h, w), 1, 2)


def conv3x3(tape: Tape, x: Value, channels: int, *, bias: bool = True, stride: int = 1) -> Value:
    """Mirrored border, then a 3x3 convolution."""
    return tape.conv(tape.pad(x, 1, 1), channels, (3, 3), stride=stride, bias=bias)


def unvolume(tape: Tape, volumes: Value) -> Value:
    """Volumes as frames."""
    b, c, d, h, w = volumes.shape
    return tape.reshape(tape.transpose(volumes, 1, 2), b * d, c, h, w)


def conv_of(tape: Tape, x: Value, channels: int, kernel: int = 3, *, bias: bool = True, stride: int = 1) -> Value:
    """`nn.conv.conv`: mirrored border, then a convolution over all axes of the map."""
    axes = len(x.shape) - 2
    padded = tape.pad(x, *(kernel // 2,) * axes) if kernel > 1 else x
    return tape.conv(padded, channels, (kernel,) * axes, stride=stride, bias=bias)


def norm(tape: Tape, frames: Value, depth: int, name: str) -> Value:
    """The norm of that name."""
    if name == "instance2d":
        return tape.instance_norm(frames)
    if name in ("batch2d", "batch3d"):
        return tape.batch_norm(frames)
    if name == "channel":
        last = tape.layer_norm(tape.permute(frames, 0, 2, 3, 1), 1)
        return tape.permute(last, 0, 3, 1, 2)
    if name == "layer":
        return tape.layer_norm(frames, 3)
    if name == "layer3d":
        n, *rest = frames.shape
        return tape.reshape(tape.layer_norm(tape.reshape(frames, n // depth, depth, *rest), 4), *frames.shape)
    done = tape.instance_norm(volume(tape, frames, depth))
    return tape.reshape(tape.transpose(done, 1, 2), *frames.shape)
