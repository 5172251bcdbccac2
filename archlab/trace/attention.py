"""Closed forms of attention: along D, and over windows."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from archlab.grouping import Grouping
from archlab.spec.tape import Tape, Value
from archlab.trace.frames import conv_of, unvolume, volume
from archlab.trace.grids import cut, five, four, join, shifted, size_of

if TYPE_CHECKING:
    from archlab.options import AttentionOptions, WindowOptions


def temporal_attention(
    tape: Tape, frames: Value, depth: int, width: int, options: AttentionOptions, stride: tuple[int, int], causal: bool
) -> Value:
    """Closed form of `nn.temporal.TemporalAttention`."""
    n, _, h, w = frames.shape
    padded = tape.pad(frames, 1, 1)

    def tokens(stride: tuple[int, int]) -> Value:
        asked = tape.conv(padded, width, (3, 3), stride=stride)
        return tape.transpose(tape.reshape(asked, n // depth, depth, options.heads, -1), 1, 2)

    out = attend(tape, tokens(stride), tokens(stride), tokens((1, 1)), options, masks=1 if causal else 0)
    out = tape.reshape(tape.transpose(out, 1, 2), n, width, h, w)
    return conv_of(tape, out, width) if options.output_projection else out


def window_attention(
    tape: Tape,
    frames: Value,
    depth: int,
    width: int,
    options: WindowOptions,
    grouping: Grouping,
    *,
    volumetric: bool,
    shifts: bool = False,
    shuffles: bool = False,
    pointwise_output: bool = False,
) -> Value:
    """Closed form of `nn.window.WindowAttention`."""
    maps = volume(tape, frames, depth) if volumetric else frames
    stride = options.stride()
    asked = grouping.strided(stride)

    shift = grouping.shift(size_of(five(tape, maps))) if shifts else (0, 0, 0)

    def tokens(maps: Value, grouping: Grouping) -> Value:
        return cut(tape, shifted(tape, maps, shift, grouping.cut(size_of(maps)).size), grouping)

    if options.projection == "conv":
        axes = 3 if volumetric else 2
        padded = tape.pad(maps, *(1,) * axes)
        query, key = (five(tape, tape.conv(padded, width, (3,) * axes, stride=stride[-axes:])) for _ in range(2))
        value = five(tape, tape.conv(padded, width, (3,) * axes))
        size, keys = size_of(value), size_of(key)
        parts = [tokens(query, asked), tokens(key, asked), tokens(value, grouping)]
    else:
        size = keys = size_of(five(tape, maps))
        found = tokens(five(tape, maps), grouping)
        parts = [tape.linear(found, width * grouping.pixels) for _ in range(3)]
    groups = asked.cut(keys).groups
    masked = any(shift) or asked.cut(keys).size != keys
    back = None
    if shuffles:
        places, back = (tape.integers(prod(grouping.patches) * parts[0].shape[1]) for _ in range(2))
        parts = [_moved(tape, part, places) for part in parts]
    q, k, v = (tape.transpose(tape.reshape(t, *t.shape[:2], options.heads, -1), 1, 2) for t in parts)
    bias = None
    if options.relative_position:
        table = tape.parameter(prod(2 * n - 1 for n in grouping.tokens), options.heads)
        bias = tape.gather(table, options.heads, prod(grouping.tokens), prod(grouping.tokens))
    after = options.compat == "snraware"
    out = tape.transpose(attend(tape, q, k, v, options, bias=bias, after=after, masks=groups if masked else 0), 1, 2)
    out = tape.reshape(out, *out.shape[:2], -1)
    if back is not None:
        out = _moved(tape, out, back)
    if any(shift):
        covered = grouping.cut(size).size
        out = tape.crop(tape.roll(join(tape, out, grouping, covered), shift), size)
    else:
        out = join(tape, out, grouping, size)
    out = out if volumetric else four(tape, out)
    if options.output_projection:
        out = conv_of(tape, out, width, 1 if pointwise_output else 3)
    return unvolume(tape, out) if volumetric else out


def attend(
    tape: Tape,
    q: Value,
    k: Value,
    v: Value,
    options: AttentionOptions,
    *,
    bias: Value | None = None,
    after: bool = False,
    masks: int = 0,
) -> Value:
    """Closed form of `nn.attention.attend` on a CPU; `masks` is the number of groups of a map, 0 without a mask."""
    scaled = options.score == "dot" and q.shape[-1] > 1
    if not options.attention_dropout:
        normalized = "length" if options.score == "cosine" else "variance" if options.normalize_qk else "not"
        return tape.attention_in_pieces(q, k, v, normalized=normalized, bias=bias, masked=masks > 0, scaled=scaled)
    if options.score == "cosine":
        q, k = tape.normalize(q), tape.normalize(k)
    elif options.normalize_qk:
        q, k = tape.standardize(q), tape.standardize(k)
    scores = tape.matmul(tape.pointwise(q) if scaled else q, tape.transpose(k, -2, -1))
    if bias is not None and not after:
        scores = tape.add(scores, bias)
    if masks:
        grouped = tape.reshape(scores, -1, masks, *scores.shape[1:])
        scores = tape.reshape(tape.pointwise(grouped), *scores.shape)
    weights = tape.softmax(scores)
    if bias is not None and after:
        weights = tape.add(weights, bias)
    return tape.matmul(tape.dropout(weights, options.attention_dropout), v)


def _moved(tape: Tape, tokens: Value, places: Value) -> Value:
    """Closed form of `nn.shuffle.moved`."""
    laid = tape.reshape(tokens, -1, places.shape[0], tokens.shape[2])
    return tape.reshape(tape.index_select(laid, 1, places), *tokens.shape)
