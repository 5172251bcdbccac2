"""Closed form of attention over windows."""

from __future__ import annotations

from math import prod
from typing import Literal

from archlab.costing.attention import attend
from archlab.costing.frames import conv_of, unvolume, volume
from archlab.costing.grids import cut, five, four, join, shifted, size_of, sizes
from archlab.costing.tape import Tape, Value
from archlab.geometry.grouping import Grouping
from archlab.geometry.triple import Triple


def window_attention(
    tape: Tape,
    frames: Value,
    depth: int,
    width: int,
    *,
    grouping: Grouping,
    volumetric: bool,
    heads: int,
    projection: Literal["conv", "linear"],
    stride_qk: Triple,
    score: str,
    normalize_qk: bool,
    relative_position: bool,
    bias_after_softmax: bool,
    dropout: float,
    output_projection: bool,
    shifts: bool,
    shuffles: bool,
) -> Value:
    """Closed form of `windows.module.WindowAttention`: same arguments, same operations, shapes only.

    `frames` are `(N, C, H, W)`, N = B * depth, and so is the result, with `width` channels.
    """
    maps = volume(tape, frames, depth) if volumetric else frames
    asked = grouping.strided(stride_qk)
    shift = grouping.shift(size_of(five(tape, maps))) if shifts else (0, 0, 0)

    def tokens(maps: Value, grouping: Grouping) -> Value:
        return cut(tape, shifted(tape, maps, shift, sizes(grouping, size_of(maps)).covered), grouping)

    if projection == "conv":
        axes = 3 if volumetric else 2
        padded = tape.pad(maps, *(1,) * axes)
        query, key = (five(tape, tape.conv(padded, width, (3,) * axes, stride=stride_qk[-axes:])) for _ in range(2))
        value = five(tape, tape.conv(padded, width, (3,) * axes))
        size, keys = size_of(value), size_of(key)
        parts = [tokens(query, asked), tokens(key, asked), tokens(value, grouping)]
    else:
        size = keys = size_of(five(tape, maps))
        found = tokens(five(tape, maps), grouping)
        parts = [tape.linear(found, width * grouping.pixels) for _ in range(3)]
    seen = sizes(asked, keys)
    masked = any(shift) or seen.covered != keys
    back = None
    if shuffles:
        places, back = (tape.integers(prod(grouping.patches) * parts[0].shape[1]) for _ in range(2))
        parts = [_moved(tape, part, places) for part in parts]
    q, k, v = (tape.transpose(tape.reshape(t, *t.shape[:2], heads, -1), 1, 2) for t in parts)
    bias = None
    if relative_position:
        count = prod(grouping.tokens)
        table = tape.parameter(prod([2 * n - 1 for n in grouping.tokens]), heads)
        bias = tape.gather(table, heads, count, count)
    out = attend(
        tape,
        q,
        k,
        v,
        score=score,
        normalize_qk=normalize_qk,
        dropout=dropout,
        bias=bias,
        bias_after_softmax=bias_after_softmax,
        masks=seen.groups if masked else 0,
    )
    out = tape.transpose(out, 1, 2)
    out = tape.reshape(out, *out.shape[:2], -1)
    if back is not None:
        out = _moved(tape, out, back)
    if any(shift):
        covered = sizes(grouping, size).covered
        out = tape.crop(tape.roll(join(tape, out, grouping, covered), shift), size)
    else:
        out = join(tape, out, grouping, size)
    out = out if volumetric else four(tape, out)
    if output_projection:
        out = conv_of(tape, out, width)
    return unvolume(tape, out) if volumetric else out


def _moved(tape: Tape, tokens: Value, places: Value) -> Value:
    """Closed form of `nn.shuffle.moved`: tokens taken from other places."""
    laid = tape.reshape(tokens, -1, places.shape[0], tokens.shape[2])
    return tape.reshape(tape.index_select(laid, 1, places), *tokens.shape)
