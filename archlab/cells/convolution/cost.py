"""Closed form of the convolution cells."""

from __future__ import annotations

from archlab.cells.residual.options import ResidualFields
from archlab.costing.frames import conv_of, norm, unvolume, volume
from archlab.costing.tape import Tape, Value


def conv_norm_activation(
    tape: Tape, frames: Value, depth: int, width: int, options: ResidualFields, *, volumetric: bool = False
) -> Value:
    """Closed form of `convolution.module.ConvNormActivation`: same operations, shapes only."""
    maps = volume(tape, frames, depth) if volumetric else frames
    out = conv_of(tape, maps, width, bias=False)
    out = norm(tape, unvolume(tape, out) if volumetric else out, depth, options.norm)
    out = tape.activation(out, options.activation)
    return tape.add(frames, out) if frames.shape[1] == width else out
