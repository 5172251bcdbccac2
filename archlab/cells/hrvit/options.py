"""Fields of HRViT's cells, and what they do not admit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.text.sentences import either

ATTENTION = {"x-archlab-group": "Attention in stripes"}  # headings in a form
FEED_FORWARD = {"x-archlab-group": "Feed-forward part"}

Stripe = Annotated[
    int,
    Meta(
        ge=1, le=4096, description="Rows of a horizontal and columns of a vertical stripe.", extra_json_schema=ATTENTION
    ),
]
HeadWidth = Annotated[
    int,
    Meta(
        ge=1,
        le=65536,
        description="Channels of a head. Each direction has half of the channels; fewer than dim_head make one head.",
        extra_json_schema=ATTENTION,
    ),
]
Ratio = Annotated[
    int,
    Meta(
        ge=1,
        le=16,
        description="Channels inside the feed-forward part / channels of the cell.",
        extra_json_schema=FEED_FORWARD,
    ),
]


def table_columns(channels: int) -> int:
    """Columns of the table that the diversity-enhanced shortcut makes of a pixel's channels: about their root."""
    exponent = channels.bit_length() - 1
    return 1 << (exponent + 1) // 2


def attention_problems(width: int, dim_head: int) -> Iterator[Problem]:
    """Channels that cannot be halved, shared out among heads, or laid out as the shortcut's table."""
    half = width // 2
    if width % 2 or width % table_columns(width):
        fitting = [
            n for n in (*range(width, 0, -1), *range(width + 1, 2 * width + 2)) if not (n % 2 or n % table_columns(n))
        ]
        below = [n for n in fitting if n < width][:1]
        above = [n for n in fitting if n > width][:1]
        yield Problem(
            code="AL213",
            message=f"{width} channels cannot be laid out as the shortcut's table of {table_columns(width)} columns.",
            hint=f"Use {either([*below, *above])} channels.",
        )
    elif half > dim_head and half % dim_head:
        near = [n for n in range(dim_head, 0, -1) if half % n == 0][:1] + [
            n for n in range(dim_head, half + 1) if half % n == 0
        ][:1]
        yield Problem(
            code="AL214",
            field="dim_head",
            message=f"half of {width} channels is no multiple of a dim_head of {dim_head}.",
            hint=f"Use dim_head {either(near)}.",
        )


def stripe_problems(x: FeatureMap, stripe: int) -> Iterator[Problem]:
    """A stripe that is larger than the map, which is filled up and computed all the same, as in the original."""
    side = max(x.height, x.width)
    if stripe > side:
        yield Problem(
            code="AL216",
            severity="warning",
            field="stripe",
            message=f"a stripe of {stripe} is larger than the map of {x.height}x{x.width}: what is filled up is "
            "computed for nothing.",
            hint=f"Use stripe {side}, which gives the same numbers.",
        )


def hidden_problems(width: int, ratio: int) -> Iterator[Problem]:
    """Channels inside the feed-forward part that cannot be halved."""
    if width * ratio % 2:
        yield Problem(
            code="AL215",
            field="ratio",
            message=f"{width * ratio} channels inside the feed-forward part cannot be halved for its two convolutions.",
            hint=f"Use ratio {ratio + 1}, or an even number of channels.",
        )
