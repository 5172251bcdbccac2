"""Closed forms of attention: along D, and over windows and patches."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from archlab.spec.tape import Tape, Value
from archlab.trace.frames import conv3x3

if TYPE_CHECKING:
    from archlab.fitting import PlaneFit
    from archlab.options import AttentionOptions, WindowOptions


class Grid(NamedTuple):
    """`archlab.nn.window.Grid`: how frames are cut, and whether patches or windows attend among themselves."""

    fit: PlaneFit
    among_patches: bool

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens of a group along (H, W)."""
        return self.fit.patches if self.among_patches else self.fit.windows

    @property
    def pixels(self) -> int:
        """Pixels of a patch."""
        return self.fit.patch[0] * self.fit.patch[1]


def temporal_attention(tape: Tape, frames: Value, depth: int, width: int, options: AttentionOptions) -> Value:
    """`TemporalAttention`."""
    n, _, h, w = frames.shape
    padded = tape.pad(frames, 1, 1)
    shape = (n // depth, depth, options.heads, width // options.heads * h * w)

    def tokens() -> Value:
        return tape.transpose(tape.reshape(tape.conv(padded, width, (3, 3)), *shape), 1, 2)

    out = _attend(tape, tokens(), tokens(), tokens(), options, None)
    out = tape.reshape(tape.transpose(out, 1, 2), n, width, h, w)
    return conv3x3(tape, out, width) if options.output_projection else out


def window_attention(tape: Tape, frames: Value, width: int, options: WindowOptions, grid: Grid) -> Value:
    """`WindowAttention`."""
    if options.projection == "conv":
        padded = tape.pad(frames, 1, 1)
        parts = [cut(tape, tape.conv(padded, width, (3, 3)), grid) for _ in range(3)]
    else:
        tokens = cut(tape, frames, grid)
        parts = [tape.linear(tokens, width * grid.pixels) for _ in range(3)]
    q, k, v = (tape.transpose(tape.reshape(t, *t.shape[:2], options.heads, -1), 1, 2) for t in parts)
    bias = None
    if options.relative_position:
        rows, columns = grid.tokens
        table = tape.parameter((2 * rows - 1) * (2 * columns - 1), options.heads)
        bias = tape.gather(table, 1, options.heads, rows * columns, rows * columns)
    out = tape.transpose(_attend(tape, q, k, v, options, bias), 1, 2)
    out = join(tape, tape.reshape(out, *out.shape[:2], -1), frames.shape, grid)
    return conv3x3(tape, out, width) if options.output_projection else out


def cut(tape: Tape, frames: Value, grid: Grid) -> Value:
    """`Grid.cut`: frames to tokens `(groups, T, features)`."""
    n, c, _, _ = frames.shape
    (n_h, n_w), (m_h, m_w), (p_h, p_w) = grid.fit.windows, grid.fit.patches, grid.fit.patch
    cells = tape.reshape(frames, n, c, n_h, m_h, p_h, n_w, m_w, p_w)
    order = (0, 2, 5, 3, 6, 4, 7, 1) if grid.among_patches else (0, 3, 6, 2, 5, 4, 7, 1)
    return tape.reshape(tape.permute(cells, *order), -1, grid.tokens[0] * grid.tokens[1], grid.pixels * c)


def join(tape: Tape, tokens: Value, shape: tuple[int, ...], grid: Grid) -> Value:
    """`Grid.join`: tokens back to frames of the H x W in `shape`."""
    (n_h, n_w), (m_h, m_w), (p_h, p_w) = grid.fit.windows, grid.fit.patches, grid.fit.patch
    c = tokens.shape[-1] // grid.pixels
    if grid.among_patches:
        cells = tape.permute(tape.reshape(tokens, -1, n_h, n_w, m_h, m_w, p_h, p_w, c), 0, 7, 1, 3, 5, 2, 4, 6)
    else:
        cells = tape.permute(tape.reshape(tokens, -1, m_h, m_w, n_h, n_w, p_h, p_w, c), 0, 7, 3, 1, 5, 4, 2, 6)
    return tape.reshape(cells, -1, c, *shape[2:])


def _attend(tape: Tape, q: Value, k: Value, v: Value, options: AttentionOptions, bias: Value | None) -> Value:
    """`attend`."""
    if options.score == "cosine":
        q, k = tape.normalize(q), tape.normalize(k)
    elif options.normalize_qk:
        q, k = tape.standardize(q), tape.standardize(k)
    return tape.attention(q, k, v, bias=bias, dropout=options.attention_dropout)
