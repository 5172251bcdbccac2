"""Fields of the Swin block that are its own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from archlab.cells.residual import attention, options

QKVBias = Annotated[
    bool,
    Meta(description="A bias in the layer that makes queries, keys and values.", extra_json_schema=attention.GROUP),
]
Ratio = Annotated[
    float,
    Meta(
        ge=0.125,
        le=16.0,
        description="Hidden features of the MLP, as a multiple of the cell's width.",
        extra_json_schema=options.GROUP,
    ),
]
