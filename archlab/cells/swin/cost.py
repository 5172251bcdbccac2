"""Closed form of the Swin block."""

from __future__ import annotations

from math import prod

from archlab.cells.residual.cost import skip
from archlab.costing.attention import attend
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape, Value
from archlab.geometry.grouping import Grouping


def swin_block(
    tape: Tape,
    width: int,
    *,
    grouping: Grouping,
    shifts: bool,
    heads: int,
    hidden: int,
    qkv_bias: bool,
    drop_path: float,
    attention_dropout: float,
) -> Value:
    """Closed form of `swin.module.SwinBlock`: same arguments, same operations, shapes only."""
    frames, depth = to_frames(tape, tape.x)
    t = tape.permute(frames, 0, 2, 3, 1)
    if frames.shape[1] != width:
        t = tape.linear(t, width)
    seen = _attention(tape, tape.layer_norm(t, 1), grouping, shifts, heads, qkv_bias, attention_dropout)
    t = tape.add(skip(tape, seen, depth, drop_path), t)
    mixed = tape.linear(tape.activation(tape.linear(tape.layer_norm(t, 1), hidden), "gelu_exact"), width)
    t = tape.add(skip(tape, mixed, depth, drop_path), t)
    return from_frames(tape, tape.permute(t, 0, 3, 1, 2), tape.x)


def _attention(
    tape: Tape, t: Value, grouping: Grouping, shifts: bool, heads: int, qkv_bias: bool, dropout: float
) -> Value:
    """Closed form of `swin.module.WindowAttention` on `(N, H, W, C)`."""
    _, height, width, c = t.shape
    size = (1, height, width)
    cut = grouping.cut(size)
    shift = grouping.shift(size) if shifts else (0, 0, 0)
    (_, rows, columns), (_, high, wide) = cut.n, cut.m
    laid = tape.roll(tape.fill_up(t, (*cut.size[1:], c)), (*shift[1:], 0))
    squares = tape.transpose(tape.reshape(laid, -1, rows, high, columns, wide, c), 2, 3)
    tokens = tape.reshape(squares, -1, cut.tokens, c)
    qkv = tape.reshape(tape.linear(tokens, 3 * c, bias=qkv_bias), -1, cut.tokens, 3, heads, c // heads)
    q, k, v = tape.unbind(tape.permute(qkv, 2, 0, 3, 1, 4), 0)
    table = tape.parameter(prod([2 * n - 1 for n in grouping.tokens]), heads)
    masked = any(shift) or cut.size != size
    out = attend(
        tape,
        q,
        k,
        v,
        score="dot",
        normalize_qk=False,
        dropout=dropout,
        bias=tape.gather(table, heads, cut.tokens, cut.tokens),
        masks=cut.groups if masked else 0,
    )
    out = tape.linear(tape.reshape(tape.transpose(out, 1, 2), -1, cut.tokens, c), c)
    squares = tape.transpose(tape.reshape(out, -1, rows, columns, high, wide, c), 2, 3)
    maps = tape.reshape(squares, -1, *cut.size[1:], c)
    return tape.crop(tape.roll(maps, (*shift[1:], 0)), (height, width, c))
