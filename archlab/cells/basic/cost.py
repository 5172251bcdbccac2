"""Closed form of ResNet's cells."""

from __future__ import annotations

from archlab.cells.basic.steps import Step
from archlab.costing.frames import conv_norm_activation, from_frames, to_frames
from archlab.costing.tape import Tape, Value


def residual_convolutions(tape: Tape, steps: tuple[Step, ...], norm: str, activation: str) -> Value:
    """Closed form of `basic.module.ResidualConvolutions`: same operations, shapes only."""
    frames, depth = to_frames(tape, tape.x)

    def through(x: Value, step: Step, act: str) -> Value:
        return conv_norm_activation(
            tape,
            x,
            depth,
            step.channels,
            step.kernel,
            stride=step.stride,
            padding="zeros",
            bias=False,
            norm_name=norm,
            activation=act,
        )

    out = frames
    for step in steps[:-1]:
        out = through(out, step, activation)
    out = through(out, steps[-1], "none")
    projection = Step.around(steps, frames.shape[1])
    shortcut = frames if projection is None else through(frames, projection, "none")
    return from_frames(tape, tape.activation(tape.add(out, shortcut), activation), tape.x)
