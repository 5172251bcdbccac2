"""By what width of its layout or stem a net would take a file that does not fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from typing import Any

import msgspec
import torch

from archlab.compiler import Backbone, build
from archlab.document.diagnostics import ArchlabError
from archlab.document.spec import Spec
from archlab.parts.catalog import default

Shapes = Iterable[tuple[str, tuple[int, ...], tuple[int, ...]]]
Widths = int | tuple[int, ...]
Pairs = list[tuple[int, int]]
FIELD = "channels"  # of a layout or stem: one number that others follow from, or one for each level or step
CHOICES = (("layout",), ("stem",), ("layout", "stem"))  # what is changed, the likeliest first


def fitting_widths(net: Backbone, shapes: Shapes, fits: Callable[[Backbone], bool]) -> str:
    """The `channels` of layout or stem with which the file fits, as words; empty where it cannot be told.

    Read off the tensors of other shapes, and tried: `fits` judges a net of that width without memory.

    Args:
        net: the net, made of a document.
        shapes: names with the file's and the net's shape.
        fits: whether the file fits a net.
    """
    pairs = [(a, b) for _, file, own in shapes if len(file) == len(own) for a, b in zip(file, own, strict=True)]
    given = _given(net)
    for parts, faithful in product(CHOICES, (True, False)):
        asked = {part: given[part] for part in parts if part in given}
        wanted = {part: _likeliest(widths, pairs, faithful) for part, widths in asked.items()}
        changed = {part: widths for part, widths in wanted.items() if widths != asked[part]}
        if len(changed) == len(parts) and _tried(net, changed, fits):
            return " and ".join(f"{FIELD} = {_written(widths)} in the {part}" for part, widths in changed.items())
    return ""


def _given(net: Backbone) -> dict[str, Widths]:
    """The document's values of the field, or the part's own where it says nothing."""
    spec, known = _document(net), net.registry or default()
    found: dict[str, Widths] = {}
    for part, ref, cls in (
        ("layout", spec.layout, known.layouts[spec.layout.type]),
        ("stem", spec.stem, known.stems[spec.stem.type]),
    ):
        value: Any = next((field.default for field in msgspec.structs.fields(cls) if field.name == FIELD), None)
        value = ref.params.get(FIELD, value)
        if isinstance(value, int) or (isinstance(value, tuple) and all(isinstance(one, int) for one in value)):
            found[part] = value
    return found


def _likeliest(widths: Widths, pairs: Pairs, faithful: bool) -> Widths:
    """What the file has most often where the net has that width, for every width.

    `faithful` keeps a width that the file has as well: small numbers are sizes of something else, too.
    """
    if isinstance(widths, tuple):
        return tuple(_of_one(width, pairs, faithful) for width in widths)
    return _of_one(widths, pairs, faithful)


def _of_one(width: int, pairs: Pairs, faithful: bool) -> int:
    counts = Counter(there for there, here in pairs if here == width)
    if not counts or (faithful and width in counts):
        return width
    return counts.most_common(1)[0][0]


def _tried(net: Backbone, changed: Mapping[str, Widths], fits: Callable[[Backbone], bool]) -> bool:
    spec = _document(net)
    if "layout" in changed:
        spec = spec.with_layout(**{FIELD: changed["layout"]})
    if "stem" in changed:
        spec = spec.with_stem(spec.stem.type, **{**spec.stem.params, FIELD: changed["stem"]})
    try:
        with torch.device("meta"):
            other = build(spec, net.registry)
    except ArchlabError:
        return False
    return fits(other)


def _document(net: Backbone) -> Spec:
    assert net.spec is not None
    return net.spec


def _written(widths: Widths) -> str:
    return str(list(widths) if isinstance(widths, tuple) else widths)
