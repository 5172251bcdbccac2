"""Closed form of attention along D."""

from __future__ import annotations

from archlab.costing.attention import attend
from archlab.costing.frames import conv_of
from archlab.costing.tape import Tape, Value


def temporal_attention(
    tape: Tape,
    frames: Value,
    depth: int,
    width: int,
    *,
    heads: int,
    stride_qk: tuple[int, int],
    causal: bool,
    score: str,
    normalize_qk: bool,
    dropout: float,
    output_projection: bool,
) -> Value:
    """Closed form of `temporal.module.TemporalAttention`: same arguments, same operations, shapes only.

    `frames` are `(N, C, H, W)`, N = B * depth, and so is the result, with `width` channels.
    """
    n, _, h, w = frames.shape
    padded = tape.pad(frames, 1, 1)

    def tokens(stride: tuple[int, int]) -> Value:
        asked = tape.conv(padded, width, (3, 3), stride=stride)
        return tape.transpose(tape.reshape(asked, n // depth, depth, heads, -1), 1, 2)

    out = attend(
        tape,
        tokens(stride_qk),
        tokens(stride_qk),
        tokens((1, 1)),
        score=score,
        normalize_qk=normalize_qk,
        dropout=dropout,
        masks=1 if causal else 0,
    )
    out = tape.reshape(tape.transpose(out, 1, 2), n, width, h, w)
    return conv_of(tape, out, width) if output_projection else out
