"""Fields of attention over windows: how a map is cut, and what the tokens of a window know of their places."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from archlab.cells.residual.attention import Sizes
from archlab.cells.residual.windows import GROUP

Patch = Annotated[
    Sizes,
    Meta(
        description="Patch in pixels, (D, H, W): one token of the attention; 2-D cells do not look at its D.",
        extra_json_schema=GROUP,
    ),
]
Projection = Annotated[
    Literal["conv", "linear"],
    Meta(
        description="Queries, keys and values by 3x3 convolutions, or by a linear layer on each token.",
        extra_json_schema=GROUP,
    ),
]
RelativePosition = Annotated[
    bool,
    Meta(description="A learned bias for every distance between two tokens, per head.", extra_json_schema=GROUP),
]
Compat = Annotated[
    Literal["none", "snraware"],
    Meta(
        description="Compute as SNRAware's code does, slips included: the position bias after the softmax, and no "
        "residual around a linear mixer.",
        extra_json_schema=GROUP,
    ),
]
Shuffle = Annotated[
    bool,
    Meta(
        description="While training, the patches of every window change places at random before the attention and "
        "go back after it, so that a patch meets other places than its own.",
        extra_json_schema=GROUP,
    ),
]
