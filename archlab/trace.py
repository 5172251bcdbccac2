"""The closed forms of `archlab.nn`: each function plays on a tape what the module of that name computes.

Keep the two in step: the contract tests hold every part's closed form against a run of its module, to the unit.
Shapes are those of `archlab.nn`; `frames` are `(N, C, H, W)`, N = B * depth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from archlab.spec.tape import Tape, Value

if TYPE_CHECKING:
    from archlab.fitting import PlaneFit
    from archlab.options import AttentionOptions, ResidualOptions, WindowOptions

Operation = Callable[[Value, int], Value]


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


def to_frames(tape: Tape, x: Value) -> tuple[Value, int]:
    """Frames of a map, and D."""
    if len(x.shape) == 4:
        return x, 1
    b, c, d, h, w = x.shape
    return tape.reshape(tape.transpose(x, 1, 2), b * d, c, h, w), d


def from_frames(tape: Tape, frames: Value, like: Value) -> Value:
    """Frames back as a map with as many axes as `like`."""
    return frames if len(like.shape) == 4 else volume(tape, frames, like.shape[2])


def volume(tape: Tape, frames: Value, depth: int) -> Value:
    """Frames as a volume `(B, C, D, H, W)`."""
    n, c, h, w = frames.shape
    return tape.transpose(tape.reshape(frames, n // depth, depth, c, h, w), 1, 2)


def conv3x3(tape: Tape, x: Value, channels: int, *, bias: bool = True, stride: int = 1) -> Value:
    """Mirrored border, then a 3x3 convolution."""
    return tape.conv(tape.pad(x, 1, 1), channels, (3, 3), stride=stride, bias=bias)


def norm(tape: Tape, frames: Value, depth: int, name: str) -> Value:
    """The norm of that name."""
    if name == "instance2d":
        return tape.instance_norm(frames)
    if name in ("batch2d", "batch3d"):
        return tape.batch_norm(frames)
    if name == "layer":
        return tape.layer_norm(frames, 3)
    if name == "layer3d":
        n, *rest = frames.shape
        return tape.reshape(tape.layer_norm(tape.reshape(frames, n // depth, depth, *rest), 4), *frames.shape)
    done = tape.instance_norm(volume(tape, frames, depth))
    return tape.reshape(tape.transpose(done, 1, 2), *frames.shape)


def residual_cell(
    tape: Tape, width: int, options: ResidualOptions, operation: Operation, grid: Grid | None = None
) -> Value:
    """`ResidualCell`: the tape's input through `operation(frames, depth)` and the mixer."""
    frames, depth = to_frames(tape, tape.x)
    normed = norm(tape, frames, depth, options.norm)
    base = frames if frames.shape[1] == width else conv3x3(tape, frames, width)
    out = tape.add(base, _skip(tape, operation(normed, depth), depth, options.drop_path))
    if options.mixer != "none":
        source = normed if options.arrangement == "parallel" else norm(tape, out, depth, options.norm)
        mixed = mixer(tape, source, width, options, grid)
        out = tape.add(out, _skip(tape, mixed, depth, options.drop_path))
    return from_frames(tape, out, tape.x)


def mixer(tape: Tape, frames: Value, width: int, options: ResidualOptions, grid: Grid | None) -> Value:
    """`ConvMixer`, or `LinearMixer` on the patches of `grid`."""
    if options.mixer == "conv" or grid is None:
        hidden = conv3x3(tape, frames, int(width * options.mixer_ratio))
        return conv3x3(tape, tape.activation(hidden, options.activation), width)
    features = width * grid.pixels
    hidden = tape.linear(cut(tape, frames, grid), int(features * options.mixer_ratio))
    out = tape.linear(tape.activation(hidden, options.activation), features)
    return join(tape, out, frames.shape, grid)


def conv_norm_activation(tape: Tape, frames: Value, depth: int, width: int, options: ResidualOptions) -> Value:
    """`ConvNormActivation`."""
    out = norm(tape, conv3x3(tape, frames, width, bias=False), depth, options.norm)
    out = tape.activation(out, options.activation)
    return tape.add(frames, out) if frames.shape[1] == width else out


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


def patch_merge(tape: Tape, channels: int, steps: int) -> Value:
    """`PatchMerge` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    for _ in range(steps):
        n, c, h, w = frames.shape
        phases = tape.permute(tape.reshape(frames, n, c, h // 2, 2, w // 2, 2), 0, 5, 3, 1, 2, 4)
        frames = tape.conv(tape.reshape(phases, n, 4 * c, h // 2, w // 2), channels, (1, 1), bias=False)
    return from_frames(tape, frames, tape.x)


def interp_conv(tape: Tape, channels: int, steps: int, *, kernel: int, up: bool) -> Value:
    """`InterpConv` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    for _ in range(steps):
        h, w = frames.shape[2:]
        frames = tape.interpolate(frames, (2 * h, 2 * w) if up else (h // 2, w // 2))
        if kernel == 3:
            frames = conv3x3(tape, frames, channels, bias=False)
        else:
            frames = tape.conv(frames, channels, (1, 1), bias=False)
    return from_frames(tape, frames, tape.x)


def strided_conv(tape: Tape, channels: int, steps: int) -> Value:
    """`StridedConv` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    for _ in range(steps):
        frames = conv3x3(tape, frames, channels, bias=False, stride=2)
    return from_frames(tape, frames, tape.x)


def pointwise(tape: Tape, channels: int, *, bias: bool = False) -> Value:
    """`Pointwise`, a 1x1 convolution of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    return from_frames(tape, tape.conv(frames, channels, (1, 1), bias=bias), tape.x)


def additive_gate(tape: Tape) -> Value:
    """`AdditiveGate` on the tape's input, steered by its query."""
    assert tape.query is not None
    frames, _ = to_frames(tape, tape.x)
    queries, _ = to_frames(tape, tape.query)
    channels = frames.shape[1]
    skip = tape.conv(frames, channels, (1, 1), bias=False)
    below = tape.conv(queries, channels, (1, 1), bias=False)
    gate = tape.conv(tape.activation(tape.add(below, skip), "relu"), 1, (1, 1), bias=False)
    return from_frames(tape, tape.mul(frames, tape.activation(gate, "sigmoid")), tape.x)


def strided_stem(tape: Tape, channels: int, steps: int, *, norm_name: str, activation: str) -> Value:
    """`StridedStem` of the tape's input."""
    frames, depth = to_frames(tape, tape.x)
    for _ in range(steps):
        frames = norm(tape, conv3x3(tape, frames, channels, bias=False, stride=2), depth, norm_name)
        frames = tape.activation(frames, activation)
    return from_frames(tape, frames, tape.x)


def classify_head(tape: Tape, classes: int) -> Value:
    """`ClassifyHead` of the tape's input."""
    b, c = tape.x.shape[:2]
    return tape.linear(tape.mean(tape.reshape(tape.x, b, c, -1), (-1,)), classes)


def dense_head(tape: Tape, classes: int, *, kernel: int, resize: tuple[int, int] | None) -> Value:
    """`DenseHead` of the tape's input."""
    frames, _ = to_frames(tape, tape.x)
    frames = conv3x3(tape, frames, classes) if kernel == 3 else tape.conv(frames, classes, (1, 1))
    if resize is not None:
        frames = tape.interpolate(frames, resize)
    return from_frames(tape, frames, tape.x)


def _skip(tape: Tape, branch: Value, depth: int, p: float) -> Value:
    """Stochastic depth of whole samples."""
    if not p:
        return branch
    n = branch.shape[0]
    samples = tape.reshape(branch, n // depth, depth, *branch.shape[1:])
    return tape.reshape(tape.drop_path(samples, p), *branch.shape)


def _attend(tape: Tape, q: Value, k: Value, v: Value, options: AttentionOptions, bias: Value | None) -> Value:
    """`attend`."""
    if options.score == "cosine":
        q, k = tape.normalize(q), tape.normalize(k)
    elif options.normalize_qk:
        q, k = tape.standardize(q), tape.standardize(k)
    return tape.attention(q, k, v, bias=bias, dropout=options.attention_dropout)
