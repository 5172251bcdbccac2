"""Closed forms of the frame of a cell, its mixers, and the convolution cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archlab.grouping import Grouping
from archlab.spec.tape import Tape, Value
from archlab.trace.frames import conv3x3, conv_of, from_frames, norm, to_frames, unvolume, volume
from archlab.trace.grids import cut, five, four, join, size_of

if TYPE_CHECKING:
    from archlab.options import ResidualOptions

Operation = Callable[[Value, int], Value]


def residual_cell(
    tape: Tape,
    width: int,
    options: ResidualOptions,
    operation: Operation,
    grouping: Grouping | None = None,
    *,
    volumetric: bool = False,
    mixer_residual: bool = True,
) -> Value:
    """Closed form of `nn.residual.ResidualCell` on the tape's input; `operation(frames, depth)` plays its middle."""
    frames, depth = to_frames(tape, tape.x)
    parallel = options.arrangement == "parallel"
    normed = norm(tape, frames, depth, options.norm)
    base = frames if frames.shape[1] == width else conv3x3(tape, frames, width)
    out = tape.add(base, _skip(tape, operation(normed, depth), depth, options.drop_path))
    if options.mixer != "none":
        source = normed if parallel else norm(tape, out, depth, options.norm)
        mixed = mixer(tape, source, depth, width, options, grouping, volumetric)
        mixed = _skip(tape, mixed, depth, options.drop_path)
        out = tape.add(out, mixed) if mixer_residual or parallel else mixed
    return from_frames(tape, out, tape.x)


def mixer(
    tape: Tape,
    frames: Value,
    depth: int,
    width: int,
    options: ResidualOptions,
    grouping: Grouping | None,
    volumetric: bool,
) -> Value:
    """Closed form of `nn.mixer.ConvMixer`, or of `LinearMixer` where `grouping` says how to cut."""
    if options.mixer == "conv" or grouping is None:
        hidden = conv_of(tape, frames, int(width * options.mixer_ratio), options.mixer_kernel)
        return conv_of(tape, tape.activation(hidden, options.activation), width, options.mixer_kernel)
    maps = volume(tape, frames, depth) if volumetric else five(tape, frames)
    features = width * grouping.pixels
    hidden = tape.linear(cut(tape, maps, grouping), int(features * options.mixer_ratio))
    out = tape.linear(tape.activation(hidden, options.activation), features)
    out = join(tape, out, grouping, size_of(maps))
    return unvolume(tape, out) if volumetric else four(tape, out)


def conv_norm_activation(
    tape: Tape, frames: Value, depth: int, width: int, options: ResidualOptions, *, volumetric: bool = False
) -> Value:
    """Closed form of `nn.conv.ConvNormActivation`."""
    maps = volume(tape, frames, depth) if volumetric else frames
    out = conv_of(tape, maps, width, bias=False)
    out = norm(tape, unvolume(tape, out) if volumetric else out, depth, options.norm)
    out = tape.activation(out, options.activation)
    return tape.add(frames, out) if frames.shape[1] == width else out


def _skip(tape: Tape, branch: Value, depth: int, p: float) -> Value:
    """Closed form of `ResidualCell._skip`: stochastic depth drops whole samples with all their frames."""
    if not p:
        return branch
    n = branch.shape[0]
    samples = tape.reshape(branch, n // depth, depth, *branch.shape[1:])
    return tape.reshape(tape.drop_path(samples, p), *branch.shape)
