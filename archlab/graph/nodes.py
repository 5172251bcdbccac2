"""The nodes of a graph: those that the layout builds, with what the document says about each and its cells settled."""

from __future__ import annotations

import msgspec

from archlab.document.diagnostics import Diagnostic, Suggestions
from archlab.document.limits import MAX_AXIS
from archlab.document.spec import Block, Spec
from archlab.graph.frame import Frame
from archlab.graph.model import GraphNode
from archlab.graph.options import Shared, Sources, settle
from archlab.graph.remember import NODES, remember
from archlab.parts.head import Head
from archlab.parts.stem import Stem
from archlab.parts.wiring import DraftNode


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A node without its maps, and what was wrong with what the document says about it."""

    node: GraphNode
    diagnostics: tuple[Diagnostic, ...] = ()


def settle_nodes(
    spec: Spec, shared: Shared, frame: Frame, stem: Stem | None, head: Head | None, found: list[Diagnostic]
) -> list[GraphNode]:
    """Every node of the frame with its cells, in order of computation."""
    _unknown_blocks(spec, frame, found)
    _unused_cells(spec, frame, found)
    nodes = []
    for draft in frame.nodes:
        if draft.kind == "block":
            settled = settle_block(shared, draft, spec.blocks.get(draft.id), *_cells_for(spec, draft))
            found += settled.diagnostics
            nodes.append(settled.node)
        else:
            nodes.append(plain_node(draft, stem if draft.kind == "stem" else head if draft.kind == "head" else None))
    return nodes


@remember(NODES)
def settle_block(shared: Shared, draft: DraftNode, override: Block | None, cells: str, path: str) -> Settled:
    """One block; `cells` is the document's string for it, written at `path`, which the block's own cells replace."""
    own = override or Block()
    text, owner = cells if own.cells is None else own.cells, ""
    if own.cells is not None:
        bare = own == Block(cells=own.cells)
        path, owner = f"$.blocks.{draft.id}" + ("" if bare else ".cells"), draft.id
    sources = Sources(
        shared=shared,
        id=draft.id if override is not None else "",
        block=own.options,
        windows=draft.windows,
    )
    use = settle(text, path, owner, sources)
    found = list(use.diagnostics)
    node = GraphNode(
        id=draft.id,
        kind=draft.kind,
        level=draft.level,
        stage=draft.stage,
        merge=draft.merge,
        channels=_width(draft, own, found),
        cells=use.cells,
        text=text if isinstance(text, str) else "".join(c.code for c in text),
        dense=_flag(shared, own, "dense"),
        checkpoint=_flag(shared, own, "checkpoint"),
        path=path,
    )
    return Settled(node, tuple(found))


@remember(NODES)
def plain_node(draft: DraftNode, part: Stem | Head | None) -> GraphNode:
    """A node without cells."""
    return GraphNode(
        id=draft.id,
        kind=draft.kind,
        level=draft.level,
        stage=draft.stage,
        merge=draft.merge,
        channels=draft.channels,
        part=part,
        path={"stem": "$.stem", "head": "$.head", "input": "$.input"}.get(draft.kind, "$.layout"),
    )


def _cells_for(spec: Spec, draft: DraftNode) -> tuple[str, str]:
    """The document's cell string for a block, and where it is written."""
    if isinstance(spec.cells, str):
        return spec.cells, "$.cells"
    if not spec.cells:
        return "", "$.cells"
    index = min(draft.cells or 0, len(spec.cells) - 1)
    return spec.cells[index], f"$.cells[{index}]"


def _width(draft: DraftNode, own: Block, found: list[Diagnostic]) -> int:
    if own.channels is None or 1 <= own.channels <= MAX_AXIS:
        return own.channels or draft.channels
    message = f"{own.channels} is outside 1 to {MAX_AXIS}."
    found.append(Diagnostic(code="AL013", path=f"$.blocks.{draft.id}.channels", node=draft.id, message=message))
    return draft.channels


def _flag(shared: Shared, own: Block, name: str) -> bool:
    """`dense` or `checkpoint`: the block's own, its options', the document's options'."""
    value = getattr(own, name)
    if value is None:
        value = own.options.get(name, shared.options.get(name, False))
    return value is True


def _unknown_blocks(spec: Spec, frame: Frame, found: list[Diagnostic]) -> None:
    if not spec.blocks:
        return
    near = Suggestions(node.id for node in frame.nodes if node.kind == "block")
    for id in spec.blocks:
        if id not in near:
            message, hint = f'The layout has no block "{id[:40]}".', near.of(id)
            found.append(Diagnostic(code="AL030", path=f"$.blocks.{id}", message=message, hint=hint))


def _unused_cells(spec: Spec, frame: Frame, found: list[Diagnostic]) -> None:
    if isinstance(spec.cells, str):
        return
    used = 1 + max((node.cells or 0 for node in frame.nodes), default=0)
    if len(spec.cells) > used:
        message = f"{len(spec.cells)} cell strings are given; this layout uses {used}."
        hint = f"Leave out the last {len(spec.cells) - used}."
        found.append(Diagnostic(code="AL031", severity="warning", path="$.cells", message=message, hint=hint))
