"""What several links say of a map or a direction that they do not admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archlab.fitting import larger_input
from archlab.spec.diagnostics import Problem
from archlab.spec.feature_map import FeatureMap


def wrong_direction(kind: str, steps: int, admits: str, instead: Mapping[str, str]) -> Iterator[Problem]:
    """A link that does not go this way; `admits` and the keys of `instead` are `down`, `same` and `up`."""
    direction = "down" if steps > 0 else "up" if steps < 0 else "same"
    if direction in admits.split():
        return
    goes = f"goes {abs(steps)} {direction}" if steps else "stays on its level"
    ways = " or ".join({"down": "down", "up": "up", "same": "along its level"}[word] for word in admits.split())
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
