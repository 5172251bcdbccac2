"""Closed form of convolutions of stride 2 in a row."""

from __future__ import annotations

from collections.abc import Sequence

from archlab.costing.frames import conv_norm_activation, from_frames, to_frames
from archlab.costing.tape import Tape, Value


def strided_convolutions(
    tape: Tape,
    widths: Sequence[int],
    *,
    dims: int = 2,
    padding: str,
    bias: bool,
    norm: str,
    activation: str,
    last_activation: bool,
) -> Value:
    """Closed form of `nn.strided.StridedConvolutions`: the tape's input through one step for each of `widths`."""
    x, depth = (tape.x, 1) if dims == 3 else to_frames(tape, tape.x)
    for step, channels in enumerate(widths, 1):
        acts = last_activation or step < len(widths)
        x = conv_norm_activation(
            tape,
            x,
            depth,
            channels,
            stride=2,
            padding=padding,
            bias=bias,
            norm_name=norm,
            activation=activation if acts else "none",
        )
    return x if dims == 3 else from_frames(tape, x, tape.x)
