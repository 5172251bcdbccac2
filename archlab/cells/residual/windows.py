"""Fields of cells that cut maps into windows."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from archlab.cells.residual.attention import Sizes

GROUP = {"x-archlab-group": "Windows"}  # their heading in a form

Window = Annotated[
    Sizes,
    Meta(
        description="Window in pixels, (D, H, W); the D of a two-dimensional cell is not looked at.",
        extra_json_schema=GROUP,
    ),
]
Pad = Annotated[
    bool,
    Meta(
        description="Fill a map that the windows do not divide up with zeros, which nothing attends to; without it "
        "such a map is refused.",
        extra_json_schema=GROUP,
    ),
]
Stretch = Annotated[
    bool,
    Meta(
        description="A window that does not divide the map is stretched to a size near that does. Without it, window "
        'and patch are used as asked, and a map smaller than the window is one window; window_sizing "fixed" '
        "switches it off.",
        extra_json_schema=GROUP,
    ),
]
Shift = Annotated[
    bool,
    Meta(
        description="Windows moved by half of their size, so that neighbours across their borders meet.",
        extra_json_schema=GROUP,
    ),
]
