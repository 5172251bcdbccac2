"""Fields of the Swin block that are its own."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from archlab.cells.residual.attention import GROUP as ATTENTION
from archlab.cells.residual.attention import Sizes
from archlab.cells.residual.options import GROUP as SHELL

WINDOWS = {"x-archlab-group": "Windows"}  # their heading in a form

Window = Annotated[
    Sizes,
    Meta(
        description="Window in pixels, (H, W), or (D, H, W) whose D is not looked at; window_sizing of the document "
        "says how it follows the resolution.",
        extra_json_schema=WINDOWS,
    ),
]
Pad = Annotated[
    bool,
    Meta(
        description="Fill a map that the windows do not divide up with zeros, which nothing attends to; without it "
        "such a map is refused.",
        extra_json_schema=WINDOWS,
    ),
]
Stretch = Annotated[
    bool,
    Meta(
        description="A window that does not divide the map is stretched to a size near that does. Without it, the "
        'window is used as asked, and a map smaller than it is one window; window_sizing "fixed" switches it off.',
        extra_json_schema=WINDOWS,
    ),
]
Shift = Annotated[
    bool,
    Meta(
        description="Windows moved by half of their size, so that neighbours across their borders meet.",
        extra_json_schema=WINDOWS,
    ),
]
QKVBias = Annotated[
    bool,
    Meta(description="A bias in the layer that makes queries, keys and values.", extra_json_schema=ATTENTION),
]
Ratio = Annotated[
    float,
    Meta(
        ge=0.125,
        le=16.0,
        description="Hidden features of the MLP, as a multiple of the cell's width.",
        extra_json_schema=SHELL,
    ),
]
