"""Shapes through the graph, and every rule that a shape can break. A fault stops nothing: the rest keeps its shapes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from archlab.document.diagnostics import Diagnostic, Problem
from archlab.document.feature_map import FeatureMap
from archlab.document.limits import MAX_AXIS
from archlab.graph.model import CellUse, GraphLink, GraphNode
from archlab.graph.on_maps import a_map, pass_cells, put_link_on_map, raised, tell
from archlab.graph.remember import NODES, remember
from archlab.text.numbers import exact
from archlab.text.sentences import either, plural
from archlab.text.sizes import times


class Step(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A node with its maps, the links into it with theirs, and what is wrong there."""

    node: GraphNode
    links: tuple[GraphLink, ...]  # those that are off too
    diagnostics: tuple[Diagnostic, ...] = ()


def propagate(
    nodes: Iterable[GraphNode],
    links: Iterable[tuple[GraphLink, ...]],
    image: FeatureMap,
    strides: tuple[float, ...],
    found: list[Diagnostic],
) -> tuple[Step, ...]:
    """Every node, and the links into it, with `x` and `out` wherever they can be known.

    `image` is the document's input, `strides` what the layout says of its levels.
    """
    told: list[Diagnostic] = []
    maps: dict[str, FeatureMap | None] = {}
    steps = []
    for node, into in zip(nodes, links, strict=True):
        stride = strides[node.level] if node.level < len(strides) else 0.0
        step = pass_node(node, into, tuple([maps.get(link.source) for link in into]), image, stride)
        told += step.diagnostics
        maps[node.id] = step.node.out
        steps.append(step)
    _keep_first_of("AL104", told)  # one number is wrong, however many blocks have it
    _blame_input_size(image, [step.node for step in steps], told)
    found += told
    return tuple(steps)


@remember(NODES)
def pass_node(
    node: GraphNode,
    links: tuple[GraphLink, ...],
    maps: tuple[FeatureMap | None, ...],
    image: FeatureMap,
    stride: float,
) -> Step:
    """One node; `maps` leave the nodes that `links` come from, `stride` is that of its level (0 = not known)."""
    found: list[Diagnostic] = []
    arrived = _arrive(node, links, maps, found)
    on = [link for link in arrived if not link.off]
    node = replace(node, inputs=tuple(link.id for link in on), merge=node.merge.several() if on[1:] else node.merge)
    x = image if node.kind == "input" else _merge(node, on, found)
    done = _pass(node, x, image, found)
    _warn_if_off_its_row(done, stride, found)
    return Step(done, tuple(arrived), tuple(found))


def _keep_first_of(code: str, found: list[Diagnostic]) -> None:
    """Of all diagnostics of one number, keep the first."""
    seen = [d for d in found if d.code == code]
    if len(seen) > 1:
        found[:] = [d for d in found if d.code != code or d is seen[0]]


def _arrive(
    node: GraphNode, links: tuple[GraphLink, ...], maps: tuple[FeatureMap | None, ...], found: list[Diagnostic]
) -> list[GraphLink]:
    """The node's links with their maps; a link that asks for no number of channels takes that of the first.

    Links that meet the size of another map come last, so that there is one.
    """
    done: dict[str, GraphLink] = {}
    meeting = {link.id for link in links if link.part and link.part.meets_size}
    gates = {link.id for link in links if link.part and link.part.needs_query}
    steering = {link.id for link in links if not link.off and link.id not in gates}
    first: FeatureMap | None = None
    given = list(zip(links, maps, strict=True))
    for link, x in sorted(given, key=lambda pair: pair[0].id in meeting) if meeting else given:
        channels = link.channels or (first.channels if first and node.merge.equal_channels else x.channels if x else 0)
        steered = link.query in steering or link.off
        meets = first.size if first and link.id in meeting else None
        asked = replace(link, x=x, channels=channels, meets=meets)
        carried = _carry(asked, steered, [] if link.off else found)
        if first is None and not link.off:
            first = carried.out
        done[link.id] = carried
    arrived = [done[link.id] for link in links]
    return [_steered(link, arrived, found) for link in arrived] if gates else arrived


def _carry(link: GraphLink, steered: bool, found: list[Diagnostic]) -> GraphLink:
    """The link with what arrives, None where it cannot be; `steered` = there is a map to steer a gate."""
    if link.part is None or link.x is None:
        return link
    out, problems = put_link_on_map(link.part, link.x, link.arguments)
    if link.part.needs_query and not steered:
        out, problems = None, (*problems, _no_query(link))
    if problems:
        tell(problems, link.path, link.id, found)
    if out is None or not link.part.carries_cells:
        return replace(link, out=out)
    passed = pass_cells(link.cells, out, link.channels)
    found += passed.of(link.id)
    return replace(link, cells=passed.cells, out=passed.out)


def _steered(link: GraphLink, links: list[GraphLink], found: list[Diagnostic]) -> GraphLink:
    """A gate adds its steering map to its own: both must be of one shape."""
    if link.off or link.out is None or link.x is None or not (link.part and link.part.needs_query):
        return link
    query = next((k.out for k in links if k.id == link.query), None)
    if query is None or (query.channels, query.size) == (link.x.channels, link.x.size):
        return link
    message = f"{link.id} gates {link.x} by the {query} of {link.query}: both must have one shape."
    hint = f"Let {link.query} bring {link.x.channels} channels at {times(link.x.size)}."
    found.append(Diagnostic(code="AL106", path=link.path, node=link.id, message=message, hint=hint))
    return replace(link, out=None)


def _no_query(link: GraphLink) -> Problem:
    if link.query:
        hint = f"Switch {link.query} on, let it be no gate itself, or make this link an identity."
        return Problem(code="AL105", message=f"Nothing comes from {link.query} to steer the gate.", hint=hint)
    message = "A gate needs a map that steers it; only the skips of a U-Net have one."
    return Problem(code="AL105", message=message, hint="Use another kind.", field="kind")


def _merge(node: GraphNode, on: list[GraphLink], found: list[Diagnostic]) -> FeatureMap | None:
    if not on:
        hint = "Switch a link on, or add one."
        found.append(Diagnostic(code="AL101", path=node.path, node=node.id, message="No link arrives.", hint=hint))
        return None
    maps = [link.out for link in on if link.out is not None]
    if len(maps) < len(on):
        return None
    odd = next((k for k in on if k.out is not None and k.out.size != maps[0].size), None)
    if odd is not None and odd.out is not None:
        found.append(_unequal(odd, on[0], node))
        return None
    odd = next((k for k in on if k.out is not None and k.out.channels != maps[0].channels), None)
    if node.merge.equal_channels and odd is not None and odd.out is not None:
        message = f"{odd.id} brings {odd.out.channels} channels, but {on[0].id} brings {maps[0].channels}."
        hint = f'A {node.merge.noun} needs equal channels: use the kind "projection".'
        found.append(Diagnostic(code="AL103", path=odd.path, node=node.id, message=message, hint=hint))
        return None
    try:
        problems = tuple(node.merge.problems(maps))
        tell(problems, node.path, node.id, found)
        return None if any(p.severity == "error" for p in problems) else a_map(node.merge.out(maps))
    except Exception as error:
        tell((raised(node.merge, error),), node.path, node.id, found)
        return None


def _unequal(odd: GraphLink, first: GraphLink, node: GraphNode) -> Diagnostic:
    """Two maps of different size meet."""
    assert odd.out is not None
    assert first.out is not None
    brings = f"{odd.id} brings {odd.out}, but {first.id} brings {first.out}"
    if odd.out.size[-2:] == first.out.size[-2:]:
        low, high = sorted((odd.out.depth, first.out.depth))
        if high in (low << steps for steps in range(high.bit_length())):
            hint = "Use the same dims for all links between two levels, down and up."
        else:  # halved with a rest, then doubled
            hint = "Use an input whose D can be halved at every level, or dims 2 for all links."
        return Diagnostic(code="AL108", path=odd.path, node=node.id, message=f"{brings}: D must agree.", hint=hint)
    hint = "Use an input that can be halved at every level, or a link kind that rounds as the others do."
    return Diagnostic(code="AL102", path=odd.path, node=node.id, message=f"{brings}: H and W must agree.", hint=hint)


def _pass(node: GraphNode, x: FeatureMap | None, image: FeatureMap, found: list[Diagnostic]) -> GraphNode:
    if node.kind == "block" or (node.cells and x is not None):
        return _pass_block(node, x, found)
    if x is None or node.kind in ("input", "fusion"):
        return replace(node, x=x, out=x)
    part: Any = node.part
    if part is None:
        return replace(node, x=x, out=None)
    rest = () if node.kind == "stem" else (image,)
    try:
        problems = tuple(part.problems(x, *rest))
        tell(problems, node.path, node.id, found)
        broken = any(p.severity == "error" for p in problems)
        return replace(node, x=x, out=None if broken else a_map(part.out(x, *rest)))
    except Exception as error:
        tell((raised(part, error),), node.path, node.id, found)
        return replace(node, x=x)


def _pass_block(node: GraphNode, x: FeatureMap | None, found: list[Diagnostic]) -> GraphNode:
    if node.channels > MAX_AXIS:
        message = f"{exact(node.channels)} channels; the limit is {exact(MAX_AXIS)}."
        hint = "Start with fewer channels, or list them per level."
        found.append(Diagnostic(code="AL104", path="$.layout.channels", node=node.id, message=message, hint=hint))
        return replace(node, x=x)
    if x is None:
        return node
    width = node.channels or x.channels  # a fusion keeps what arrives
    passed = pass_cells(node.cells, x, width)
    found += passed.of(node.id)
    if node.dense:
        _dense(node, [use for use in passed.cells if not use.fixed], found)
    return replace(node, x=x, out=passed.out, cells=passed.cells)


def _warn_if_off_its_row(node: GraphNode, stride: float, found: list[Diagnostic]) -> None:
    """A cell that changes the resolution takes its block off the row that it stands in."""
    if not stride or node.x is None or node.out is None or not node.out.size:
        return
    before, after = node.x.stride, node.out.stride
    # A row's stride is that of H; W has its own where the stem says so, and then must change as H does.
    if after[0] == round(stride) and before[0] * after[1] == before[1] * after[0]:
        return
    for use in node.cells:
        if use.x is not None and use.out is not None and use.x.stride != use.out.stride:
            leaves = f"{node.id} leaves a map of stride {times(dict.fromkeys(after))}, but its row says {stride:g}"
            message = f"{use.code} brings {times(use.x.size)} to {times(use.out.size)}: {leaves}."
            hint = "Use a cell that keeps the size, or put the change of resolution into a link or the stem."
            found.append(
                Diagnostic(
                    code="AL038",
                    severity="warning",
                    path=use.path,
                    node=node.id,
                    message=message,
                    hint=hint,
                    span=use.span,
                )
            )
            return


def _dense(node: GraphNode, cells: Sequence[CellUse], found: list[Diagnostic]) -> None:
    """In a dense block every cell but the last is summed with others."""
    outs = [use.out for use in cells[:-1] if use.out is not None]
    odd = next((out for out in outs if (out.channels, out.size) != (outs[0].channels, outs[0].size)), None)
    if odd is not None:
        message = f"A dense block sums the outputs of its cells, but they are {outs[0]} and {odd}."
        hint = "Set dense to false, or use cells that keep the size."
        found.append(Diagnostic(code="AL107", path=node.path, node=node.id, message=message, hint=hint))


def _blame_input_size(image: FeatureMap, nodes: list[GraphNode], found: list[Diagnostic]) -> None:
    """When shapes do not meet and the input cannot be halved often enough, say which input could.

    One odd size makes faults all over the graph: at every link that halves it, and wherever maps from two levels meet.
    They all have this one reason, and only it can be mended.
    """
    follows = [d for d in found if d.code in ("AL102", "AL301")]  # sizes that do not meet, odd sizes
    if not follows:
        return
    deepest = max((n.level for n in nodes), default=0)
    stem = next((n.out for n in nodes if n.kind == "stem" and n.out), image)
    needs = [stem.stride[axis] * 2**deepest for axis in (0, 1)]
    if all(size % need == 0 for size, need in zip(image.size[-2:], needs, strict=True)):
        return
    lower = times(max(size // need, 1) * need for size, need in zip(image.size[-2:], needs, strict=True))
    upper = times(-(-size // need) * need for size, need in zip(image.size[-2:], needs, strict=True))
    sizes = either(dict.fromkeys((lower, upper)))
    halved = f"{image.height}x{image.width} cannot be halved {plural(deepest, 'time')}"
    multiples = f"multiples of {needs[0]}" if needs[0] == needs[1] else f"multiples of {needs[0]} and {needs[1]}"
    message = f"{halved}: H and W must be {multiples}."
    # Said once, at its root, instead of at every link that cannot halve the map.
    found[:] = [
        Diagnostic(code="AL100", path="$.input.size", message=message, hint=f"Use an input of {sizes}."),
        *(d for d in found if d not in follows),
    ]
