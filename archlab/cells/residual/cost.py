"""Closed forms of the shell that SNRAware's cells share, and of its mixers."""

from __future__ import annotations

from collections.abc import Callable

from archlab.cells.residual.options import ResidualFields
from archlab.costing.frames import conv3x3, conv_of, from_frames, norm, to_frames, unvolume, volume
from archlab.costing.grids import cut, five, four, join, size_of
from archlab.costing.tape import Tape, Value
from archlab.geometry.grouping import Grouping

Operation = Callable[[Value, int], Value]


def residual_cell(
    tape: Tape,
    width: int,
    options: ResidualFields,
    operation: Operation,
    grouping: Grouping | None = None,
    *,
    volumetric: bool = False,
    mixer_residual: bool = True,
) -> Value:
    """Closed form of `residual.module.ResidualCell`: the tape's input through `operation(frames, depth)` and the mixer.

    `grouping` is what a linear mixer works on; the other arguments are those of the module.
    """
    frames, depth = to_frames(tape, tape.x)
    parallel = options.arrangement == "parallel"
    normed = norm(tape, frames, depth, options.norm)
    base = frames if frames.shape[1] == width else conv3x3(tape, frames, width)
    out = tape.add(base, skip(tape, operation(normed, depth), depth, options.drop_path))
    if options.mixer != "none":
        source = normed if parallel else norm(tape, out, depth, options.norm)
        mixed = mixer(tape, source, depth, width, options, grouping, volumetric)
        mixed = skip(tape, mixed, depth, options.drop_path)
        out = tape.add(out, mixed) if mixer_residual or parallel else mixed
    return from_frames(tape, out, tape.x)


def mixer(
    tape: Tape,
    frames: Value,
    depth: int,
    width: int,
    options: ResidualFields,
    grouping: Grouping | None,
    volumetric: bool,
) -> Value:
    """Closed form of `nn.mixer.ConvMixer`, or of `LinearMixer` on the tokens of `grouping`."""
    if options.mixer == "conv" or grouping is None:
        hidden = conv_of(tape, frames, int(width * options.mixer_ratio), options.mixer_kernel)
        return conv_of(tape, tape.activation(hidden, options.activation), width, options.mixer_kernel)
    maps = volume(tape, frames, depth) if volumetric else five(tape, frames)
    features = width * grouping.pixels
    hidden = tape.linear(cut(tape, maps, grouping), int(features * options.mixer_ratio))
    out = tape.linear(tape.activation(hidden, options.activation), features)
    out = join(tape, out, grouping, size_of(maps))
    return unvolume(tape, out) if volumetric else four(tape, out)


def skip(tape: Tape, branch: Value, depth: int, p: float) -> Value:
    """Closed form of `nn.drop_path.drop_path`: stochastic depth drops whole samples with all their frames."""
    if not p:
        return branch
    n = branch.shape[0]
    samples = tape.reshape(branch, n // depth, depth, *branch.shape[1:])
    return tape.reshape(tape.drop_path(samples, p), *branch.shape)
