"""What links between levels share: which axes they change, and what they say of a map that they do not admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.text.sentences import either, plural

Dims = Annotated[
    Literal[2, 3], Meta(description="What halves or doubles from level to level: 2 = H and W, 3 = D, H and W.")
]
Mode = Annotated[
    Literal["linear", "nearest", "spline"],
    Meta(
        description="How new pixels come about: linear (bilinear, trilinear), the nearest pixel, or a B-spline of "
        "order 5 through all pixels."
    ),
]


def depth_problems(
    dims: int, x: FeatureMap, steps: int, *, smallest: int = 1, what: str = "", even: bool = False
) -> Iterator[Problem]:
    """A D that cannot change where `dims` is 3: none there, less than `smallest` for `what`, or, if `even`, odd.

    `steps` are the levels to go, positive = down.
    """
    if dims == 2 or not steps:
        return
    if len(x.size) < 3:
        message, hint = f"dims 3 changes D, and the map {x} has no D.", "or an input with a depth, [D, H, W]"
    elif steps > 0 and x.depth < smallest:
        message, hint = (
            f"D = {x.depth} is too small for {what}, which needs {smallest}.",
            f"or a D of {smallest} or more here",
        )
    elif steps > 0 and even and x.depth % 2**steps:
        message = f"D = {x.depth} cannot be halved {plural(steps, 'time')} without a rest."
        low = x.depth >> steps << steps
        hint = f"or a D of {either(n for n in (low, low + 2**steps) if n)} here"
    else:
        return
    yield Problem(code="AL305", message=message, hint=f"Use dims 2, {hint}.")


def wrong_direction(kind: str, steps: int, admits: str, instead: Mapping[str, str]) -> Iterator[Problem]:
    """A link that does not go this way; `admits` and the keys of `instead` are `down`, `same` and `up`."""
    direction = "down" if steps > 0 else "up" if steps < 0 else "same"
    if direction in admits.split():
        return
    goes = f"goes {abs(steps)} {direction}" if steps else "stays on its level"
    ways = either({"down": "down", "up": "up", "same": "along its level"}[word] for word in admits.split())
    yield Problem(
        code="AL302",
        message=f"{kind} goes {ways}, this link {goes}.",
        hint=f"Use {instead[direction]}.",
    )
