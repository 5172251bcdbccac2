"""Field types that layouts share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from msgspec import Meta

from archlab.document.diagnostics import Problem
from archlab.document.limits import MAX_AXIS, MAX_LEVELS, MAX_STAGES

Levels = Annotated[int, Meta(ge=1, le=MAX_LEVELS, description="Resolution levels, 0 = highest")]
Stages = Annotated[int, Meta(ge=1, le=MAX_STAGES)]
Width = Annotated[int, Meta(ge=1, le=MAX_AXIS)]
Channels = Annotated[
    Width | Annotated[tuple[Width, ...], Meta(min_length=1, max_length=MAX_STAGES)],
    Meta(description="Channels at level 0, doubled at each further level; or a list with one number per level"),
]
# The word of a registered link; the catalog fills in the choices.
LinkKind = Annotated[str, Meta(extra_json_schema={"x-archlab-choice": "links"})]


def surplus(field: str, given: object, used: int) -> Iterator[Problem]:
    """Tells of a list that is longer than the layout has use for."""
    if isinstance(given, Sequence) and not isinstance(given, str) and len(given) > used:
        message = f"{len(given)} values are given for {field}; this layout uses {used}."
        hint = f"Leave out the last {len(given) - used}."
        yield Problem(code="AL033", severity="warning", field=field, message=message, hint=hint)
