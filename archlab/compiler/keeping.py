"""Carrying weights over into an edited net, part by part."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from torch import Tensor, nn

from archlab.compiler.backbone import Backbone
from archlab.compiler.kept import KeptWeights, PartWeights
from archlab.compiler.schedule import links_on
from archlab.document.diagnostics import ArchlabError
from archlab.graph.model import CellUse
from archlab.graph.on_maps import costed
from archlab.parts.cell import Cell
from archlab.parts.part import Part


class Place(NamedTuple):
    """Where a part stands: its node or link, and which entry of it; an empty entry is the node's or link's own module.

    A cell's entry is its position from the front, among the block's own (`cell_2`) or the layout's (`before_0`).
    """

    id: str
    entry: str


class Holder(NamedTuple):
    """A part with its module; `word` is the code of a cell and the type of any other part."""

    name: str
    word: str
    part: Part
    module: nn.Module


def keep_weights(net: Backbone, old: Backbone) -> KeptWeights:
    """Copies into `net` what it has in common with `old`, and says of every part whether it was kept.

    A part keeps its tensors, buffers too, where the old net has one of the same code or type at the same place whose
    tensors have the same names and shapes. They stay on the device and in the precision of `net`.

    Raises ArchlabError where `net` is on the meta device, which keeps nothing.
    """
    before, rows = holders(old), []
    cast: list[tuple[str, str, str]] = []
    left = {place: holder.name for place, holder in before.items() if _tensors(holder.module)}
    for place, new in holders(net).items():
        own = _tensors(new.module)
        former = before.get(place)
        left.pop(place, None)
        if not own:
            continue
        if any(tensor.is_meta for tensor in own.values()):
            raise ArchlabError(
                f"weights_from: {new.name} of the new net is on the meta device, where nothing can be kept. "
                "Build it on a device that holds numbers."
            )
        fresh, detail = ("new", "the old net has none there") if former is None else _difference(new, former)
        changed: tuple[str, ...] = ()
        if former is not None and not fresh:
            found = former.module.state_dict()
            new.module.load_state_dict(found)
            changed = _changed(new.part, former.part)
            precisions = [(key, _precision(found[key]), _precision(tensor)) for key, tensor in own.items()]
            cast += [(f"{new.name}.{key}", was, is_) for key, was, is_ in precisions if was != is_]
        rows.append(
            PartWeights(
                id=place.id,
                name=new.name,
                parameters=sum(p.numel() for p in new.module.parameters()),
                fresh=fresh,
                detail=detail,
                changed=changed,
            )
        )
    return KeptWeights(parts=tuple(rows), left=tuple(left.values()), cast=tuple(cast))


def holders(net: Backbone) -> dict[Place, Holder]:
    """Every part that has a module in `net`, nodes first, by its place."""
    found: dict[Place, Holder] = {}
    for node in net.graph.nodes:
        if node.part is not None:
            _put(found, net, Place(node.id, ""), net.module_name(node.id), node.part)
        found |= _cells(net, node.id, net.module_name(node.id), node.cells) if node.cells else {}
    for link in links_on(net.graph):
        name = net.module_name(link.id)
        if link.part is not None:
            _put(found, net, Place(link.id, ""), f"{name}.resize" if link.cells else name, link.part)
        found |= _cells(net, link.id, f"{name}.cells", link.cells)
    return found


def _cells(net: Backbone, id: str, name: str, uses: tuple[CellUse, ...]) -> dict[Place, Holder]:
    found: dict[Place, Holder] = {}
    counts: Counter[str] = Counter()
    for use in uses:
        side = use.fixed or "cell"
        entry = f"{side}_{counts[side]}"
        counts[side] += 1
        assert use.cell is not None  # a graph that was built has no other
        _put(found, net, Place(id, entry), f"{name}.{entry}", use.cell, use.code)
    return found


def _put(found: dict[Place, Holder], net: Backbone, place: Place, name: str, part: Part, code: str = "") -> None:
    """Remembers a part; not where its module is gone, since somebody put another in the place of its block."""
    try:
        module = net.get_submodule(name)
    except AttributeError:
        return
    word: str = code or part.type  # type: ignore[attr-defined]
    found[place] = Holder(name, word, part, module)


def _difference(new: Holder, old: Holder) -> tuple[str, str]:
    """Why the old tensors cannot be used, in short and in full; two empty texts where they can."""
    if new.word != old.word:
        return f"another {'code' if isinstance(new.part, Cell) else 'kind'}", f"{new.word}, before {old.word}"
    ours, theirs = _tensors(new.module), _tensors(old.module)
    for name in (*ours, *theirs):
        if (name in ours) != (name in theirs):
            return "other tensors", f"{name} is {'new' if name in ours else 'gone'}"
    for name, tensor in ours.items():
        found = theirs[name]
        if type(found) is not Tensor or found.is_floating_point() != tensor.is_floating_point():
            return "another type", f"{name} holds {_precision(tensor)}, before {_precision(found)}"
        if found.shape != tensor.shape:
            return "another shape", f"{name} is {list(tensor.shape)}, before {list(found.shape)}"
    return "", ""


def _changed(new: Part, old: Part) -> tuple[str, ...]:
    """Fields that have other values; what a cell was told of its place does not count."""
    one, two = (costed(part) if isinstance(part, Cell) else part for part in (new, old))
    fields = [name for name in one.__struct_fields__ if hasattr(two, name)]
    return tuple(name for name in fields if getattr(one, name) != getattr(two, name))


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return {name: value for name, value in module.state_dict().items() if isinstance(value, Tensor)}


def _precision(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")
