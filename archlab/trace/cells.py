"""Closed forms of the frame of a cell, its mixers, and the convolution cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archlab.spec.tape import Tape, Value
from archlab.trace.attention import Grid, cut, join
from archlab.trace.frames import conv3x3, from_frames, norm, to_frames

if TYPE_CHECKING:
    from archlab.options import ResidualOptions

Operation = Callable[[Value, int], Value]


def residual_cell(
    tape: Tape, width: int, options: ResidualOptions, operation: Operation, grid: Grid | None = None
) -> Value:
    """`ResidualCell`: the tape's input through `operation(frames, depth)` and the mixer."""
    frames, depth = to_frames(tape, tape.x)
    normed = norm(tape, frames, depth, options.norm)
    base = frames if frames.shape[1] == width else conv3x3(tape, frames, width)
    out = tape.add(base, _skip(tape, operation(normed, depth), depth, options.drop_path))
    if options.mixer != "none":
        source = normed if options.arrangement == "parallel" else norm(tape, out, depth, options.norm)
        mixed = mixer(tape, source, width, options, grid)
        out = tape.add(out, _skip(tape, mixed, depth, options.drop_path))
    return from_frames(tape, out, tape.x)


def mixer(tape: Tape, frames: Value, width: int, options: ResidualOptions, grid: Grid | None) -> Value:
    """`ConvMixer`, or `LinearMixer` on the patches of `grid`."""
    if options.mixer == "conv" or grid is None:
        hidden = conv3x3(tape, frames, int(width * options.mixer_ratio))
        return conv3x3(tape, tape.activation(hidden, options.activation), width)
    features = width * grid.pixels
    hidden = tape.linear(cut(tape, frames, grid), int(features * options.mixer_ratio))
    out = tape.linear(tape.activation(hidden, options.activation), features)
    return join(tape, out, frames.shape, grid)


def conv_norm_activation(tape: Tape, frames: Value, depth: int, width: int, options: ResidualOptions) -> Value:
    """`ConvNormActivation`."""
    out = norm(tape, conv3x3(tape, frames, width, bias=False), depth, options.norm)
    out = tape.activation(out, options.activation)
    return tape.add(frames, out) if frames.shape[1] == width else out


def _skip(tape: Tape, branch: Value, depth: int, p: float) -> Value:
    """Stochastic depth of whole samples."""
    if not p:
        return branch
    n = branch.shape[0]
    samples = tape.reshape(branch, n // depth, depth, *branch.shape[1:])
    return tape.reshape(tape.drop_path(samples, p), *branch.shape)
