"""What links between levels share: which axes they change, and what they say of a map that they do not admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta

from archlab.fitting import larger_input
from archlab.part import Link
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap
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


class LevelLink(Link, frozen=True, kw_only=True):
    """A link to a coarser or finer level: it changes H and W, or D as well."""

    dims: Dims = 2

    def depth_problems(
        self, x: FeatureMap, steps: int, *, smallest: int = 1, what: str = "", even: bool = False
    ) -> Iterator[Problem]:
        """A D that cannot change: none there, less than `smallest` for `what`, or, if it must be `even`, odd."""
        if self.dims == 2 or not steps:
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


class ResizingLink(LevelLink, frozen=True, kw_only=True):
    """A link to another level by interpolation."""

    mode: Mode = "linear"


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


def too_small(x: FeatureMap, pixels: int, what: str, code: str = "AL304") -> Iterator[Problem]:
    """A map with fewer than `pixels` along H or W, which `what` needs."""
    if min(x.height, x.width) < pixels:
        yield Problem(
            code=code,
            message=f"{x.height}x{x.width} is too small for {what}, which needs {pixels}x{pixels}.",
            hint=f"Use {larger_input(x, pixels)}, or fewer levels.",
        )
