"""Closed form of attention: scores, softmax and values."""

from __future__ import annotations

from archlab.costing.tape import Tape, Value


def attend(
    tape: Tape,
    q: Value,
    k: Value,
    v: Value,
    *,
    score: str,
    normalize_qk: bool,
    dropout: float,
    bias: Value | None = None,
    bias_after_softmax: bool = False,
    masks: int = 0,
) -> Value:
    """Closed form of `nn.attention.attend` as it computes on a CPU; the arguments are its own.

    `masks` is the number of groups of a map that have a mask, 0 without one.
    """
    scaled = score == "dot" and q.shape[-1] > 1
    if not dropout:
        normalized = "length" if score == "cosine" else "variance" if normalize_qk else "not"
        return tape.attention_in_pieces(q, k, v, normalized=normalized, bias=bias, masked=masks > 0, scaled=scaled)
    if score == "cosine":
        q, k = tape.normalize(q), tape.normalize(k)
    elif normalize_qk:
        q, k = tape.standardize(q), tape.standardize(k)
    scores = tape.matmul(tape.pointwise(q) if scaled else q, tape.transpose(k, -2, -1))
    if bias is not None and not bias_after_softmax:
        scores = tape.add(scores, bias)
    if masks:
        grouped = tape.reshape(scores, -1, masks, *scores.shape[1:])
        scores = tape.reshape(tape.pointwise(grouped), *scores.shape)
    weights = tape.softmax(scores)
    if bias is not None and bias_after_softmax:
        weights = tape.add(weights, bias)
    return tape.matmul(tape.dropout(weights, dropout), v)
