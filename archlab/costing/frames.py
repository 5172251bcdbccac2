"""Frames, volumes, mirrored convolutions and norms: what every other closed form is made of."""

from __future__ import annotations

from archlab.costing.tape import Tape, Value


def to_frames(tape: Tape, x: Value) -> tuple[Value, int]:
    """Closed form of `nn.frames.to_frames`: frames of a map, and its D."""
    if len(x.shape) == 4:
        return x, 1
    b, c, d, h, w = x.shape
    return tape.reshape(tape.transpose(x, 1, 2), b * d, c, h, w), d


def from_frames(tape: Tape, frames: Value, like: Value) -> Value:
    """Closed form of `nn.frames.from_frames`: a map with as many axes as `like`."""
    return frames if len(like.shape) == 4 else volume(tape, frames, like.shape[2])


def volume(tape: Tape, frames: Value, depth: int) -> Value:
    """Closed form of `nn.frames.volume`: frames as volumes `(B, C, D, H, W)`, a view."""
    n, c, h, w = frames.shape
    return tape.transpose(tape.reshape(frames, n // depth, depth, c, h, w), 1, 2)


def conv3x3(tape: Tape, x: Value, channels: int, *, bias: bool = True, stride: int = 1) -> Value:
    """Closed form of `nn.conv.conv3x3`: a mirrored border, then a 3x3 convolution."""
    return tape.conv(tape.pad(x, 1, 1), channels, (3, 3), stride=stride, bias=bias)


def unvolume(tape: Tape, volumes: Value) -> Value:
    """Closed form of `nn.frames.unvolume`: volumes as frames `(B * D, C, H, W)`."""
    b, c, d, h, w = volumes.shape
    return tape.reshape(tape.transpose(volumes, 1, 2), b * d, c, h, w)


def conv_of(
    tape: Tape,
    x: Value,
    channels: int,
    kernel: int = 3,
    *,
    bias: bool = True,
    stride: int = 1,
    padding: str = "mirror",
) -> Value:
    """Closed form of `nn.conv.conv`: a padded border, then a convolution over all axes of the map."""
    axes = len(x.shape) - 2
    if padding == "zeros":  # torch adds zeros inside the convolution, which makes no tensor
        return tape.conv(x, channels, (kernel,) * axes, stride=stride, padding=kernel // 2, bias=bias)
    padded = tape.pad(x, *(kernel // 2,) * axes)
    return tape.conv(padded, channels, (kernel,) * axes, stride=stride, bias=bias)


def conv_norm_activation(
    tape: Tape,
    x: Value,
    depth: int,
    channels: int,
    kernel: int = 3,
    *,
    stride: int = 1,
    padding: str = "mirror",
    bias: bool = True,
    norm_name: str = "none",
    activation: str = "none",
) -> Value:
    """Closed form of `nn.conv_norm.conv_norm_activation`, on frames whose D is `depth` or on volumes."""
    out = conv_of(tape, x, channels, kernel, stride=stride, padding=padding, bias=bias)
    if norm_name != "none" and len(out.shape) == 5:
        deep = out.shape[2]
        out = volume(tape, norm(tape, unvolume(tape, out), deep, norm_name), deep)
    elif norm_name != "none":
        out = norm(tape, out, depth, norm_name)
    return out if activation == "none" else tape.activation(out, activation)


def norm(tape: Tape, frames: Value, depth: int, name: str) -> Value:
    """Closed form of `nn.norm.normalized`: the norm of that name, on the axes that it is made for."""
    match name:
        case "instance2d":
            return tape.instance_norm(frames)
        case "batch2d":
            return tape.batch_norm(frames)
        case "instance3d":
            return unvolume(tape, tape.instance_norm(volume(tape, frames, depth)))
        case "batch3d":
            return unvolume(tape, tape.batch_norm(volume(tape, frames, depth)))
        case "channel":
            last = tape.layer_norm(tape.permute(frames, 0, 2, 3, 1), 1)
            return tape.permute(last, 0, 3, 1, 2)
        case "layer3d":
            n, *rest = frames.shape
            return tape.reshape(tape.layer_norm(tape.reshape(frames, n // depth, depth, *rest), 4), *frames.shape)
    return tape.layer_norm(frames, 3)
