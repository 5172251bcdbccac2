"""By what width of its layout a net would take a file that does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import torch

from archlab.compiler import Backbone, build
from archlab.document.diagnostics import ArchlabError
from archlab.parts.catalog import default

Shapes = Iterable[tuple[str, tuple[int, ...], tuple[int, ...]]]
FIELD = "channels"  # of a layout: one number that others follow from, or one for each level


def fitting_channels(net: Backbone, shapes: Shapes, fits: Callable[[Backbone], bool]) -> int | tuple[int, ...] | None:
    """The value of the layout's `channels` with which the file fits; None where it cannot be told.

    Read off the tensors of other shapes, and tried: `fits` judges a net of that width without memory.

    Args:
        net: the net.
        shapes: names with the file's and the net's shape.
        fits: whether the file fits a net.
    """
    given = _given(net)
    if given is None or net.spec is None:
        return None
    pairs = [
        (there, here) for _, file, own in shapes if len(file) == len(own) for there, here in zip(file, own, strict=True)
    ]
    levels = given if isinstance(given, tuple) else (given,)
    for faithful in (True, False):
        wanted = tuple(_likeliest(width, pairs, faithful) for width in levels)
        channels = wanted if isinstance(given, tuple) else wanted[0]
        if wanted != levels and _tried(net, channels, fits):
            return channels
    return None


def _tried(net: Backbone, channels: int | tuple[int, ...], fits: Callable[[Backbone], bool]) -> bool:
    assert net.spec is not None
    try:
        with torch.device("meta"):
            other = build(net.spec.with_layout(**{FIELD: channels}), net.registry)
    except ArchlabError:
        return False
    return fits(other)


def _given(net: Backbone) -> int | tuple[int, ...] | None:
    """The document's value of the field, or the layout's own where it says nothing."""
    assert net.spec is not None
    layout = net.spec.layout
    fields = msgspec.structs.fields((net.registry or default()).layouts[layout.type])
    value: Any = layout.params.get(FIELD, next((field.default for field in fields if field.name == FIELD), None))
    if isinstance(value, tuple) and value and all(isinstance(one, int) for one in value):
        return value
    return value if isinstance(value, int) else None


def _likeliest(width: int, pairs: Iterable[tuple[int, int]], faithful: bool) -> int:
    """What the file has most often where the net has that width.

    `faithful` keeps a width that the file has as well: small numbers are sizes of something else, too.
    """
    counts = Counter(there for there, here in pairs if here == width)
    if not counts or (faithful and width in counts):
        return width
    return counts.most_common(1)[0][0]
