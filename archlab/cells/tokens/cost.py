"""Closed form of the transformer cells on tokens."""

from __future__ import annotations

from archlab.cells.residual.cost import skip
from archlab.costing.attention import attend
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape, Value


def token_transformer(
    tape: Tape,
    width: int,
    *,
    heads: int,
    hidden: int,
    qkv_bias: bool,
    layer_scale: float,
    drop_path: float,
) -> Value:
    """Closed form of `tokens.module.TokenTransformer` on the tape's input: same arguments, shapes only."""

    def branch(out: Value, depth: int) -> Value:
        out = tape.mul(out, tape.parameter(width)) if layer_scale else out
        return skip(tape, out, depth, drop_path)

    def block(tokens: Value, depth: int) -> Value:
        attended = token_attention(tape, tape.layer_norm(tokens, 1), width, heads, qkv_bias=qkv_bias)
        base = tokens if tokens.shape[-1] == width else tape.linear(tokens, width)
        out = tape.add(branch(attended, depth), base)
        mixed = tape.linear(tape.layer_norm(out, 1), hidden)
        return tape.add(branch(tape.linear(tape.activation(mixed, "gelu_exact"), width), depth), out)

    if len(tape.x.shape) == 3:
        return block(tape.x, 1)
    frames, depth = to_frames(tape, tape.x)
    n, c, h, w = frames.shape
    out = block(tape.transpose(tape.reshape(frames, n, c, h * w), 1, 2), depth)
    return from_frames(tape, tape.reshape(tape.transpose(out, 1, 2), n, width, h, w), tape.x)


def token_attention(tape: Tape, tokens: Value, width: int, heads: int, *, qkv_bias: bool) -> Value:
    """Closed form of `tokens.module.TokenAttention`."""
    n, t, _ = tokens.shape
    packed = tape.reshape(tape.linear(tokens, 3 * width, bias=qkv_bias), n, t, 3, heads, width // heads)
    q, k, v = tape.unbind(tape.permute(packed, 2, 0, 3, 1, 4), 0)
    out = attend(tape, q, k, v, score="dot", normalize_qk=False, dropout=0.0)
    return tape.linear(tape.reshape(tape.transpose(out, 1, 2), n, t, width), width)
