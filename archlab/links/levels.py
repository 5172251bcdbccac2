"""What links between levels share: which axes they change, and what they say of a map that they do not admit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.nearest import larger_input
from archlab.parts.fields import ActivationOrNone, NormOrNone, norm_problems
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
Size = Annotated[
    Literal["steps", "target"],
    Meta(
        description="Size of the map that arrives: halved or doubled per step, or that of the first map that it meets "
        "at its target, which an odd size makes another one. That of the target fixes the size of the input."
    ),
]
Meets = tuple[int, ...] | None  # size of the map that a link meets, ([D,] H, W)
LinkNorm = Annotated[NormOrNone, Meta(description="Normalisation after each convolution.")]
LinkActivation = Annotated[ActivationOrNone, Meta(description="Non-linearity after each convolution and its norm.")]


def target_size(stepped: FeatureMap, size: str, dims: int, meets: Meets) -> Meets:
    """What a link by its field `size` must bring the last `dims` axes to; None where its steps have done that."""
    if size == "steps" or meets is None or meets[-dims:] == stepped.size[-dims:]:
        return None
    return meets[-dims:]


def arriving(stepped: FeatureMap, size: str, dims: int, meets: Meets) -> FeatureMap:
    """The map of a link by its field `size`: as it is `stepped`, or with the last `dims` axes of what it `meets`."""
    target = target_size(stepped, size, dims, meets)
    return stepped if target is None else replace(stepped, size=(*stepped.size[:-dims], *target))


def link_norm_problems(norm: str, x: FeatureMap) -> Iterator[Problem]:
    """What the norm of a link does not admit of `x`, the smallest map that it normalises."""
    hint = f'Use norm "layer", or {larger_input(x, 2)}.'
    yield from norm_problems(norm, x, single=("AL306", hint), batch="AL307", what="the link")


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
