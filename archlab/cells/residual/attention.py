"""Fields of the attentions in a residual shell - heads, score, strides - and what follows from their values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.geometry.nearest import around
from archlab.text.sentences import either

GROUP = {"x-archlab-group": "Attention"}  # their heading in a form
MOST_HEADS = 4096
Extent = Annotated[int, Meta(ge=1, le=65536)]
Sizes = Annotated[tuple[Extent, ...], Meta(min_length=2, max_length=3)]  # (D, H, W), or (H, W)

Heads = Annotated[
    int,
    Meta(
        ge=1,
        le=MOST_HEADS,
        description="Attention heads; each looks at its own share of the features.",
        extra_json_schema=GROUP,
    ),
]
Score = Annotated[
    Literal["cosine", "dot"],
    Meta(description="How a query meets a key: by their angle, or by their scaled product.", extra_json_schema=GROUP),
]
NormalizeQK = Annotated[
    bool,
    Meta(
        description='With score "dot": queries and keys brought to zero mean and unit variance first.',
        extra_json_schema=GROUP,
    ),
]
StrideQK = Annotated[
    Sizes,
    Meta(
        description="Stride of the convolutions that make queries and keys, (D, H, W): coarser ones are cheaper to "
        "compare; values keep every pixel. The D of a two-dimensional cell is not looked at.",
        extra_json_schema=GROUP,
    ),
]
AttentionDropout = Annotated[
    float,
    Meta(ge=0.0, le=0.99, description="Share of attention weights dropped while training.", extra_json_schema=GROUP),
]
OutputProjection = Annotated[bool, Meta(description="A convolution after the attention.", extra_json_schema=GROUP)]


class AttentionFields(Protocol):
    """A cell that has the fields of this group."""

    @property
    def heads(self) -> int: ...
    @property
    def score(self) -> Literal["cosine", "dot"]: ...
    @property
    def normalize_qk(self) -> bool: ...
    @property
    def attention_dropout(self) -> float: ...
    @property
    def output_projection(self) -> bool: ...


def attention_inert(cell: AttentionFields) -> Mapping[str, str]:
    """Fields that change nothing as the others are, with the reason."""
    reason = 'score "cosine" compares directions: there is nothing to normalise'
    return {"normalize_qk": reason} if cell.score == "cosine" else {}


def shares(cell: AttentionFields, heads: int, shared: int, asked: int) -> bool:
    """Whether so many heads divide `shared` features, and can normalise their part of a query's `asked` ones."""
    return shared % heads == 0 and not (cell.score == "dot" and cell.normalize_qk and asked == heads)


def head_problems(cell: AttentionFields, what: Callable[[], str], shared: int, asked: int) -> Iterator[Problem]:
    """Heads that do not divide the `shared` features, or leave nothing to normalise of the `asked` of a query.

    `what` says in words what is shared out, such as `48 channels`; it is asked where something is wrong only.
    """

    def fits(heads: int) -> bool:
        return shares(cell, heads, shared, asked)

    if shared % cell.heads:
        near = around(cell.heads, range(1, MOST_HEADS + 1), fits)
        heads = either(near) if near else '1 with normalize_qk false, or with score "cosine"'
        yield Problem(
            code="AL203",
            field="heads",
            message=f"{what()} cannot be shared out among {cell.heads} heads.",
            hint=f"Use heads {heads}.",
        )
    elif not fits(cell.heads):
        near = around(cell.heads, range(1, cell.heads), fits)
        hint = f"Use heads {near[0]}, or " if near else "Use "
        yield Problem(
            code="AL206",
            field="normalize_qk",
            message="with one feature per head there is no variance to normalise by.",
            hint=f'{hint}normalize_qk false, or score "cosine".',
        )


def block_problems(width: int, heads: int, ratio: float) -> Iterator[Problem]:
    """Heads that do not divide the channels of a transformer block, and an MLP of that `ratio` without a channel."""
    if width % heads:
        near = around(heads, range(1, MOST_HEADS + 1), lambda number: width % number == 0)
        yield Problem(
            code="AL203",
            field="heads",
            message=f"{width} channels cannot be shared out among {heads} heads.",
            hint=f"Use heads {either(near)}.",
        )
    if int(width * ratio) < 1:
        yield Problem(
            code="AL207",
            field="ratio",
            message=f"ratio {ratio:g} of {width} channels leaves the MLP without a channel.",
            hint=f"Use ratio {math.ceil(1000 / width) / 1000:g} or more.",
        )


def attention_arguments(cell: AttentionFields) -> dict[str, Any]:
    """What the attention modules get from these fields."""
    return {
        "heads": cell.heads,
        "score": cell.score,
        "normalize_qk": cell.normalize_qk,
        "dropout": cell.attention_dropout,
        "output_projection": cell.output_projection,
    }
