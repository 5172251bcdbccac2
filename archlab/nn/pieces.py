"""Attention piece by piece: the attention matrix exists only in parts that fit into a processor's cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

SCORES = 1 << 19  # of a piece; 2 MiB in float32
FEWEST_ROWS = 64  # of a piece that holds a part of a group's queries


class AttendInPieces(torch.autograd.Function):
    """Softmax attention that keeps queries, keys and values for backward, never the attention matrix.

    Forward and backward go over pieces of groups (and of queries, where a single group is large); backward computes
    each piece's weights again. One more matrix product than the plain form, and less memory traffic.

    Shapes: query `(G, h, T, F)`, key `(G, h, T', F)`, value `(G, h, T', F')`, bias `(h, T, T')`, patterns
    `(k, h or 1, T or 1, T')` with an which `(n,)` as in `attention.Mask`; the result is `(G, h, T, F')`.

    Source: Rabe and Staats 2021 (arXiv 2112.05682) and Dao et al. 2022 (FlashAttention, section 3.1), recomputation in
    the backward pass; here rows are whole, so that no running softmax is needed.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        patterns: Tensor | None,
        which: Tensor | None,
        scale: float,
        after: bool,
    ) -> Tensor:
        """The attention; `after` adds the bias to the weights instead of the scores."""
        ctx.save_for_backward(query, key, value, bias, patterns, which)
        ctx.scale, ctx.after = scale, after
        groups, heads, rows, _ = query.shape
        out = value.new_empty(groups, rows, heads, value.shape[-1]).transpose(1, 2)
        for here, asked in _pieces(query, key):
            weights = _weights(query[here, :, asked], key[here], bias, patterns, which, scale, after, here, asked)
            if after and bias is not None:
                weights.add_(bias[:, asked])
            out[here, :, asked] = weights @ value[here]
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of query, key, value and bias."""
        query, key, value, bias, patterns, which = ctx.saved_tensors
        scale, after = ctx.scale, ctx.after
        d_query, d_key, d_value = _like_tokens(query), _like_tokens(key), _like_tokens(value)
        d_key.zero_()
        d_value.zero_()
        d_bias = torch.zeros_like(bias) if ctx.needs_input_grad[3] else None
        for here, asked in _pieces(query, key):
            q, k, g = query[here, :, asked], key[here], grad[here, :, asked]
            weights = _weights(q, k, bias, patterns, which, scale, after, here, asked)
            used = weights + bias[:, asked] if after and bias is not None else weights
            d_value[here] += used.transpose(-2, -1) @ g
            d_weights = g @ value[here].transpose(-2, -1)
            if d_bias is not None and after:
                d_bias[:, asked] += d_weights.sum(0)
            d_scores = d_weights.sub_((weights * d_weights).sum(-1, keepdim=True)).mul_(weights)
            if d_bias is not None and not after:
                d_bias[:, asked] += d_scores.sum(0)
            if scale != 1.0:
                d_scores.mul_(scale)
            d_query[here, :, asked] = d_scores @ k
            d_key[here] += d_scores.transpose(-2, -1) @ q
        return d_query, d_key, d_value, d_bias, None, None, None, None


def _pieces(query: Tensor, key: Tensor) -> Iterator[tuple[slice, slice]]:
    """Groups and queries of every piece; on the meta device, where nothing is stored, a single piece."""
    groups, heads, rows, _ = query.shape
    columns = key.shape[2]
    if query.is_meta:
        yield slice(0, groups), slice(0, rows)
        return
    several = max(SCORES // (heads * rows * columns), 1)
    some = rows if several > 1 else min(max(SCORES // (heads * columns), FEWEST_ROWS), rows)
    for group in range(0, groups, several):
        for row in range(0, rows, some):
            yield slice(group, min(group + several, groups)), slice(row, min(row + some, rows))


def _weights(
    query: Tensor,
    key: Tensor,
    bias: Tensor | None,
    patterns: Tensor | None,
    which: Tensor | None,
    scale: float,
    after: bool,
    groups: slice,
    asked: slice,
) -> Tensor:
    """Softmax of the scores of one piece."""
    scores = (query if scale == 1.0 else query * scale) @ key.transpose(-2, -1)
    if bias is not None and not after:
        scores.add_(bias[:, asked])
    if patterns is not None and which is not None:
        of_group = which[torch.arange(groups.start, groups.stop, device=which.device) % which.shape[0]]
        rows = asked if patterns.shape[2] > 1 else slice(None)
        scores.add_(patterns[:, :, rows][of_group])
    return torch.softmax(scores, -1, out=scores)


def _like_tokens(x: Tensor) -> Tensor:
    """Memory for a gradient of `(G, h, T, F)`, tokens before heads: splitting the heads is undone without a copy."""
    groups, heads, rows, features = x.shape
    return x.new_empty(groups, rows, heads, features).transpose(1, 2)
