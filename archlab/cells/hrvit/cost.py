"""Closed form of HRViT's cells."""

from __future__ import annotations

from archlab.cells.hrvit.options import table_columns
from archlab.cells.residual.cost import skip
from archlab.costing.attention import attend
from archlab.costing.frames import from_frames, to_frames
from archlab.costing.tape import Tape, Value


def hrvit_cell(
    tape: Tape, width: int, *, stripe: int = 0, dim_head: int = 0, hidden: int = 0, drop_path: float = 0.0
) -> Value:
    """Closed form of `hrvit.module.HRViTCell`: same operations, shapes only."""
    frames, depth = to_frames(tape, tape.x)
    t = tape.permute(frames, 0, 2, 3, 1)
    if t.shape[-1] != width:
        t = tape.linear(tape.contiguous(t), width)
    if stripe:
        branch = tape.add(_attention(tape, tape.layer_norm(t, 1), stripe, dim_head), _shortcut(tape, t))
        t = tape.add(t, skip(tape, branch, depth, drop_path))
    if hidden:
        branch = _feed_forward(tape, tape.layer_norm(t, 1), hidden)
        t = tape.add(t, skip(tape, branch, depth, drop_path))
    return from_frames(tape, tape.permute(t, 0, 3, 1, 2), tape.x)


def _attention(tape: Tape, t: Value, stripe: int, dim_head: int) -> Value:
    """Closed form of `hrvit.module.StripeAttention`."""
    n, h, w, channels = t.shape
    qv = tape.linear(t, 2 * channels)
    half = channels // 2
    q, v = tape.narrow(qv, -1, channels), tape.narrow(qv, -1, channels)
    q0, q1, v0, v1 = (tape.narrow(part, -1, half) for part in (q, q, v, v))
    rows = _within(tape, q0, v0, stripe, dim_head)
    columns = _within(tape, tape.transpose(q1, 1, 2), tape.transpose(v1, 1, 2), stripe, dim_head)
    both = tape.cat((rows, tape.transpose(columns, 1, 2)), -1)
    near = tape.permute(tape.activation(v, "hardswish"), 0, 3, 1, 2)
    near = tape.permute(tape.conv(near, channels, (3, 3), padding=1, groups=channels), 0, 2, 3, 1)
    y = tape.linear(tape.activation(tape.add(both, near), "hardswish"), channels)
    return tape.reshape(tape.batch_norm(tape.reshape(y, -1, channels)), n, h, w, channels)


def _within(tape: Tape, q: Value, v: Value, stripe: int, dim_head: int) -> Value:
    """Closed form of `StripeAttention._within`."""
    n, h, w, channels = q.shape
    covered = -(-h // stripe) * stripe

    def tokens(m: Value) -> Value:
        laid = tape.reshape(tape.fill_up(m, (covered, w, channels)), -1, stripe * w, channels)
        return tape.transpose(tape.reshape(laid, *laid.shape[:2], -1, dim_head), 1, 2)

    keys = tokens(v)
    out = attend(
        tape,
        tokens(q),
        keys,
        keys,
        score="dot",
        normalize_qk=False,
        dropout=0.0,
        masks=covered // stripe if covered > h else 0,
    )
    out = tape.reshape(tape.transpose(out, 1, 2), n, covered, w, channels)
    return tape.narrow(out, 1, h)


def _shortcut(tape: Tape, t: Value) -> Value:
    """Closed form of `hrvit.module.DiverseShortcut`."""
    columns = table_columns(t.shape[-1])
    table = tape.linear(tape.contiguous(tape.reshape(t, *t.shape[:3], -1, columns)), columns)
    table = tape.contiguous(tape.transpose(tape.activation(table, "gelu_exact"), -2, -1))
    table = tape.transpose(tape.linear(table, table.shape[-1]), -2, -1)
    return tape.reshape(table, *t.shape)


def _feed_forward(tape: Tape, t: Value, hidden: int) -> Value:
    """Closed form of `hrvit.module.MixedFeedForward`."""
    wide = tape.permute(tape.linear(t, hidden), 0, 3, 1, 2)
    half = hidden // 2
    three = tape.conv(tape.narrow(wide, 1, half), half, (3, 3), padding=1, groups=half)
    five = tape.conv(tape.narrow(wide, 1, half), half, (5, 5), padding=2, groups=half)
    mixed = tape.activation(tape.cat((three, five), 1), "gelu_exact")
    return tape.linear(tape.contiguous(tape.permute(mixed, 0, 2, 3, 1)), t.shape[-1])
