"""Scores, softmax and values: what every attention shares."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from archlab.nn.pieces import AttendInPieces, Normalized

Score = Literal["cosine", "dot"]


class Mask(NamedTuple):
    """What may not be attended to, added to the scores: 0 or -inf.

    Group g of a batch has pattern `which[g % n]`, n the groups of one map; equal patterns exist once.

    Attributes:
        patterns: `(k, h or 1, T or 1, T)`.
        which: `(n,)`.
    """

    patterns: Tensor
    which: Tensor


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    score: Score = "cosine",
    normalize_qk: bool = False,
    bias: Tensor | None = None,
    bias_after_softmax: bool = False,
    mask: Mask | None = None,
    dropout: float = 0.0,
) -> Tensor:
    """Softmax attention of `(G, h, T, F)` tensors; the bias is added to the scores, inside the softmax.

    In eager mode on a CPU it is computed piece by piece, so that neither the attention matrix nor normalised queries
    and keys exist as a whole: there torch's own `scaled_dot_product_attention` keeps the matrix when a bias learns,
    and is slower for few tokens. Elsewhere torch chooses its kernel.

    Args:
        query: tokens that ask, `(G, h, T, F)`.
        key: tokens that are asked, `(G, h, T, F)`.
        value: what they answer, `(G, h, T, F')`.
        score: "cosine" compares directions without a temperature (scores in [-1, 1]); "dot" is the product
            divided by sqrt(F).
        normalize_qk: with "dot", queries and keys first get zero mean and unit variance over F (F >= 2).
        bias: `(h, T, T)`, one number per head and pair of tokens.
        bias_after_softmax: the bias is added to the attention weights instead, as SNRAware's code does.
        mask: pairs that have no weight.
        dropout: share of attention weights dropped.

    Returns:
        `(G, h, T, F')`.

    Raises:
        ValueError: a single feature has no variance to normalise by.

    Source: SNRAware (STCNNT), attention modules; Vaswani et al. 2017, section 3.2.1; cosine scores as in
    Liu et al. 2022 (Swin V2), section 3.3, without its temperature.
    """
    scale = 1.0 if score == "cosine" else query.shape[-1] ** -0.5
    if score == "dot" and normalize_qk and query.shape[-1] < 2:
        raise ValueError("a single feature per head has no variance to normalise by: use fewer heads.")
    bias = None if bias is None else bias.to(value.dtype)
    mask = None if mask is None else Mask(mask.patterns.to(value.dtype), mask.which)
    if _in_pieces(value) and not dropout:
        normalized: Normalized = "length" if score == "cosine" else "variance" if normalize_qk else "not"
        query, key = query.to(value.dtype), key.to(value.dtype)
        patterns, which = mask or (None, None)
        arguments = (query, key, value, bias, patterns, which, normalized, scale, bias_after_softmax)
        out: Tensor = AttendInPieces.apply(*arguments)  # type: ignore[no-untyped-call]
        return out
    if score == "cosine":
        # of a token without length (padded), half precision would make 0 / 0: torch's eps is none of its numbers
        eps = max(1e-12, torch.finfo(query.dtype).tiny)
        query, key = F.normalize(query, dim=-1, eps=eps), F.normalize(key, dim=-1, eps=eps)
    elif normalize_qk:
        query, key = standardize(query), standardize(key)
    query, key = query.to(value.dtype), key.to(value.dtype)
    if dropout or bias_after_softmax:
        return _explicit(query, key, value, scale, bias, bias_after_softmax, mask, dropout)
    if mask is None:
        added = None if bias is None else bias.unsqueeze(0)
        return F.scaled_dot_product_attention(query, key, value, attn_mask=added, scale=scale)
    added = mask.patterns[mask.which] if bias is None else mask.patterns[mask.which] + bias
    if mask.which.shape[0] == 1:
        return F.scaled_dot_product_attention(query, key, value, attn_mask=added, scale=scale)
    samples = [t.unflatten(0, (-1, mask.which.shape[0])) for t in (query, key, value)]
    if _tracing():  # the number of samples may be left open
        return F.scaled_dot_product_attention(*samples, attn_mask=added, scale=scale).flatten(0, 1)  # type: ignore[misc]
    # sample by sample: all groups of one map share the mask, and a batch of masks would be as large as the scores
    return torch.cat(
        [
            F.scaled_dot_product_attention(q, k, v, attn_mask=added, scale=scale)
            for q, k, v in zip(*samples, strict=True)
        ]
    )


def standardize(x: Tensor, eps: float = 1e-5) -> Tensor:
    """Zero mean and unit (unbiased) variance over the last axis, which has two entries at least."""
    variance, mean = torch.var_mean(x, dim=-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + eps)


def _in_pieces(value: Tensor) -> bool:
    """Eager, on a CPU (or on the meta device, which counts for it), in full precision."""
    return value.device.type in ("cpu", "meta") and value.dtype in (torch.float32, torch.float64) and not _tracing()


def _tracing() -> bool:
    return torch.compiler.is_compiling() or torch.jit.is_tracing()


def _explicit(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    scale: float,
    bias: Tensor | None,
    after: bool,
    mask: Mask | None,
    dropout: float,
) -> Tensor:
    """The formula as it is written, with the whole attention matrix: dropout wants it."""
    scores = query @ key.transpose(-2, -1) if scale == 1.0 else (query * scale) @ key.transpose(-2, -1)
    if bias is not None and not after:
        scores = scores + bias
    if mask is not None:
        grouped = scores.unflatten(0, (-1, mask.which.shape[0]))
        scores = (grouped + mask.patterns[mask.which]).flatten(0, 1)
    weights = torch.softmax(scores, dim=-1)
    if bias is not None and after:
        weights = weights + bias
    return F.dropout(weights, dropout) @ value if dropout else weights @ value
