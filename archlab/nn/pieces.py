"""Attention piece by piece: what is computed on the way exists only in parts that fit into a processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

SCORES = 1 << 18  # of a piece, or as many features; 1 MiB in float32
FEWEST_ROWS = 64  # of a piece that holds a part of a group's queries
NARROW = 16  # features; MKL computes a product of fewer columns several times as fast when they are rows
SHORT_ROW = 16  # torch's softmax takes rows one by one, and its time for a row hardly falls below that of 16 numbers

Normalized = Literal["length", "variance", "not"]
LENGTH_EPS, VARIANCE_EPS = 1e-12, 1e-5


class AttendInPieces(torch.autograd.Function):
    """Softmax attention that keeps queries, keys and values for backward as they came, and nothing else.

    Forward and backward go over pieces of groups (of heads, and of queries, where a single group is large): a piece is
    normalised, laid out for the matrix products and attended while it is in the cache, and backward does so again. One
    more matrix product than the plain form, and less memory traffic.

    Shapes: query `(G, h, T, F)`, key `(G, h, T', F)`, value `(G, h, T', F')`, bias `(h, T, T')`, patterns
    `(k, h or 1, T or 1, T')` with an which `(n,)` as in `attention.Mask`; the result is `(G, h, T, F')`.

    Source: Rabe and Staats 2021 (arXiv 2112.05682) and Dao et al. 2022 (FlashAttention, section 3.1), recomputation in
    the backward pass; here rows are whole, so that no running softmax is needed.
    """

    @staticmethod
    def forward(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        patterns: Tensor | None,
        which: Tensor | None,
        normalized: Normalized,
        scale: float,
        after: bool,
    ) -> Tensor:
        """Softmax attention of all pieces, in order.

        Args:
            query, key, value, bias, patterns, which: see above.
            normalized: queries and keys are brought to unit "length", or to zero mean and unit "variance", first.
            scale: of the scores.
            after: the bias is added to the weights instead of the scores.
        """
        out = _like_tokens(query, value.shape[-1])
        for piece in _pieces(query, key, value):
            scores = _compare(query[piece.queries], key[piece.keys], normalized, scale)
            weights = _weights(scores, None if after else bias, patterns, which, piece)
            if after and bias is not None:
                weights.add_(bias[piece.bias])
            out[piece.queries] = _mix(weights, value[piece.keys])
        return out

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        """Keeps the inputs for backward, as they came."""
        ctx.save_for_backward(*inputs[:6])
        ctx.normalized, ctx.scale, ctx.after = inputs[6:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of query, key, value and bias."""
        query, key, value, bias, patterns, which = ctx.saved_tensors
        normalized, scale, after = ctx.normalized, ctx.scale, ctx.after
        d_query, d_key, d_value = (_like_tokens(x, x.shape[-1]) for x in (query, key, value))
        d_bias = torch.zeros_like(bias) if ctx.needs_input_grad[3] else None
        for piece in _pieces(query, key, value):
            (q, q_spread), (k, k_spread) = (normalize(x, normalized) for x in (query[piece.queries], key[piece.keys]))
            g = grad[piece.queries].contiguous()
            weights = _weights(_compare(q, k, "not", scale), None if after else bias, patterns, which, piece)
            used = weights + bias[piece.bias] if after and bias is not None else weights
            _put(d_value[piece.keys], _mix(used.transpose(-2, -1), g), piece)
            d_weights = g @ value[piece.keys].transpose(-2, -1)
            if d_bias is not None and after:
                d_bias[piece.bias] += d_weights.sum(0)
            d_scores = d_weights.sub_((weights * d_weights).sum(-1, keepdim=True)).mul_(weights)
            if d_bias is not None and not after:
                d_bias[piece.bias] += d_scores.sum(0)
            if scale != 1.0:
                d_scores.mul_(scale)
            d_query[piece.queries] = normalize_backward(_mix(d_scores, k), q, q_spread, normalized)
            d_k = normalize_backward(_mix(d_scores.transpose(-2, -1), q), k, k_spread, normalized)
            _put(d_key[piece.keys], d_k, piece)
        return d_query, d_key, d_value, d_bias, None, None, None, None, None


class _Piece(NamedTuple):
    """The part of an attention that is computed at once: some groups, some heads, some rows (queries) of a head."""

    groups: slice
    heads: slice
    rows: slice

    @property
    def queries(self) -> tuple[slice, slice, slice]:
        """Indices of the piece in tensors with one row per query: queries, results and their gradients."""
        return self.groups, self.heads, self.rows

    @property
    def keys(self) -> tuple[slice, slice]:
        """Indices of the piece in keys and values: every query looks at all of its group and head."""
        return self.groups, self.heads

    @property
    def bias(self) -> tuple[slice, slice]:
        """Indices of the piece in the bias, which all groups share."""
        return self.heads, self.rows


def _pieces(query: Tensor, key: Tensor, value: Tensor) -> Iterator[_Piece]:
    """All pieces, the queries of a group in order; on the meta device, where nothing is stored, a single one."""
    groups, heads, rows, features = query.shape
    columns, answers = value.shape[2:]
    single = max(rows * columns, rows * features, columns * answers)  # numbers of a group's head
    at_once, of_heads, of_rows = max(SCORES // (heads * single), 1), heads, rows
    if query.is_meta:
        at_once = groups
    elif heads * single > SCORES:
        of_heads = min(max(SCORES // single, 1), heads)
    if of_heads == 1 and not query.is_meta and single > SCORES:
        of_rows = max(SCORES // max(columns, features), FEWEST_ROWS)
    for group in range(0, groups, at_once):
        for head in range(0, heads, of_heads):
            for row in range(0, rows, of_rows):
                yield _Piece(*(slice(a, a + n) for a, n in ((group, at_once), (head, of_heads), (row, of_rows))))


def _compare(query: Tensor, key: Tensor, normalized: Normalized, scale: float) -> Tensor:
    """Scores of one piece; of many tokens that have more features still, the scores are divided by the lengths."""
    if normalized == "length" and key.shape[-1] > key.shape[-2] >= SHORT_ROW:
        scores = query @ key.transpose(-2, -1)
        return scores.div_(_length(query)).div_(_length(key).transpose(-2, -1))
    query, key = normalize(query, normalized)[0], normalize(key, normalized)[0]
    return (query if scale == 1.0 else query * scale) @ key.transpose(-2, -1)


def _weights(
    scores: Tensor, bias: Tensor | None, patterns: Tensor | None, which: Tensor | None, piece: _Piece
) -> Tensor:
    """Softmax of the scores of one piece, in their place."""
    if bias is not None:
        scores.add_(bias[piece.bias])
    if patterns is not None and which is not None:
        first = piece.groups.start
        of_group = which[torch.arange(first, first + scores.shape[0], device=which.device) % which.shape[0]]
        heads = piece.heads if patterns.shape[1] > 1 else slice(None)
        rows = piece.rows if patterns.shape[2] > 1 else slice(None)
        scores.add_(patterns[:, heads, rows][of_group])
    if scores.shape[-1] >= SHORT_ROW:
        return torch.softmax(scores, -1, out=scores)
    scores.sub_(scores.amax(-1, keepdim=True)).exp_()
    return scores.div_(scores.sum(-1, keepdim=True))


def _mix(weights: Tensor, tokens: Tensor) -> Tensor:
    """The product `weights @ tokens`, computed the other way round where tokens have few features."""
    if tokens.shape[-1] >= NARROW:
        return weights @ tokens
    return (tokens.transpose(-2, -1) @ weights.transpose(-2, -1)).transpose(-2, -1)


def _like_tokens(x: Tensor, features: int) -> Tensor:
    """Memory for `(G, h, T, features)`, tokens before heads: splitting the heads is undone without a copy."""
    groups, heads, rows, _ = x.shape
    return x.new_empty(groups, rows, heads, features).transpose(1, 2)


def _put(there: Tensor, what: Tensor, piece: _Piece) -> None:
    """Adds a piece's share of the gradient of keys or values; the first piece of a group's queries overwrites."""
    if piece.rows.start == 0:
        there.copy_(what)
    else:
        there.add_(what)


def normalize(x: Tensor, to: Normalized) -> tuple[Tensor, Tensor]:
    """Tokens of unit length, or of zero mean and unit (unbiased) variance, over the last axis; contiguous.

    Returns:
        Them, and what they were divided by, `(..., 1)`.
    """
    if to == "not":
        return x.contiguous(), x
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    if to == "variance":
        variance, mean = torch.var_mean(x, dim=-1, keepdim=True)
        spread = variance.add_(VARIANCE_EPS).sqrt_()
        return torch.sub(x, mean, out=out).div_(spread), spread
    spread = _length(x)
    return torch.div(x, spread, out=out), spread


def _length(x: Tensor) -> Tensor:
    # tokens lie before heads in memory, and are read in that order
    return torch.linalg.vector_norm(x.transpose(1, 2), dim=-1, keepdim=True).clamp_min_(LENGTH_EPS).transpose(1, 2)


def normalize_backward(grad: Tensor, y: Tensor, spread: Tensor, to: Normalized) -> Tensor:
    """The gradient of what `normalize` made y and spread of, written into `grad`."""
    if to == "not":
        return grad
    along = (grad * y).sum(-1, keepdim=True)
    if to == "variance":
        grad.sub_(grad.mean(-1, keepdim=True))
        along.div_(y.shape[-1] - 1)
    return grad.addcmul_(y, along, value=-1.0).div_(spread)
