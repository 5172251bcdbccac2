"""The nodes of a graph: those that the layout builds, with what the document says about each and its cells settled."""

from __future__ import annotations

import msgspec

from archlab.document.diagnostics import Diagnostic, Suggestions, did_you_mean
from archlab.document.entries import Block
from archlab.document.limits import MAX_AXIS
from archlab.document.spec import Spec
from archlab.document.values import EMPTY, Params
from archlab.graph.cell_strings import cells_for, check_depth, tell_surplus
from archlab.graph.frame import Frame
from archlab.graph.model import CellUse, GraphNode
from archlab.graph.options import BlockUse, Shared, Sources, settle, settle_fixed
from archlab.graph.remember import NODES, remember
from archlab.parts.merge import Merge
from archlab.parts.merges.one import One
from archlab.parts.part import Part
from archlab.parts.registry import Registry
from archlab.parts.stem import Stem
from archlab.parts.wiring import DraftNode


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A node without its maps, and what was wrong with what the document says about it."""

    node: GraphNode
    diagnostics: tuple[Diagnostic, ...] = ()


def settle_nodes(
    spec: Spec, shared: Shared, frame: Frame, stem: Stem | None, found: list[Diagnostic]
) -> list[GraphNode]:
    """Every node of the frame with its cells, in order of computation."""
    _unknown_blocks(spec, frame, found)
    check_depth(spec.cells, frame.nodes, found)
    if len(spec.level_options) > frame.levels:
        tell_surplus("$.level_options", "option set", len(spec.level_options), frame.levels, found)
    nodes = []
    for draft in frame.nodes:
        merge = _merge(draft, shared.registry, found)
        if draft.kind == "block":
            of_level = spec.level_options[draft.level] if draft.level < len(spec.level_options) else EMPTY
            strings = cells_for(spec.cells, draft)
            settled = settle_block(shared, draft, merge, spec.blocks.get(draft.id), of_level, *strings)
        else:
            settled = plain_node(shared, draft, merge, stem if draft.kind == "stem" else draft.part)
        found += settled.diagnostics
        nodes.append(settled.node)
    return nodes


@remember(NODES)
def settle_block(
    shared: Shared,
    draft: DraftNode,
    merge: Merge,
    override: Block | None,
    of_level: Params,
    cells: str | None,
    path: str,
) -> Settled:
    """One block; `cells` is the document's string for it, written at `path`, which the block's own cells replace.

    `of_level` are the document's options of its level.
    """
    own = override or Block()
    written, owner = (cells if own.cells is None else own.cells), ""
    if own.cells is not None:
        bare = own == Block(cells=own.cells)
        path, owner = f"$.blocks.{draft.id}" + ("" if bare else ".cells"), draft.id
    sources = Sources(
        shared=shared,
        id=draft.id if override is not None else "",
        block=own.options,
        level=draft.level,
        of_level=of_level,
        layout=draft.options,
        first=draft.first,
        windows=draft.windows,
    )
    use = BlockUse((), ()) if written is None else settle(written, path, owner, sources)
    before, after, faults = _around(shared, draft)
    found = [*use.diagnostics, *faults]
    node = GraphNode(
        id=draft.id,
        kind=draft.kind,
        level=draft.level,
        stage=draft.stage,
        merge=merge,
        channels=_width(draft, own, found),
        cells=(*before, *use.cells, *after),
        text="".join(c.code for c in written) if isinstance(written, tuple) else written or "",
        dense=_flag(shared, own, "dense"),
        checkpoint=_flag(shared, own, "checkpoint"),
        section=draft.section,
        series=draft.series,
        path=path if written is not None else draft.path,
    )
    return Settled(node, tuple(found))


@remember(NODES)
def plain_node(shared: Shared, draft: DraftNode, merge: Merge, part: Part | None) -> Settled:
    """A node without cells of the document: input, stem, a fusion with its fixed cells, or a module of its own."""
    before, after, faults = _around(shared, draft)
    node = GraphNode(
        id=draft.id,
        kind=draft.kind,
        level=draft.level,
        stage=draft.stage,
        merge=merge,
        channels=draft.channels,
        cells=(*before, *after),
        part=part,
        section=draft.section,
        path={"stem": "$.stem", "input": "$.input"}.get(draft.kind, draft.path),
    )
    return Settled(node, faults)


def _around(
    shared: Shared, draft: DraftNode
) -> tuple[tuple[CellUse, ...], tuple[CellUse, ...], tuple[Diagnostic, ...]]:
    """The fixed cells before and behind a node's own, and what is wrong with them."""
    if not draft.before and not draft.after:
        return (), (), ()
    registry, version = shared.registry, shared.version
    before = settle_fixed(registry, version, draft.before, "before", draft.id, draft.path)
    after = settle_fixed(registry, version, draft.after, "after", draft.id, draft.path)
    return before.cells, after.cells, (*before.diagnostics, *after.diagnostics)


def _merge(draft: DraftNode, registry: Registry, found: list[Diagnostic]) -> Merge:
    """What the layout's word for a merge means; a wrong one is told."""
    cls = registry.merges.get(draft.merge)
    if cls is not None:
        return cls()
    message, hint = f'There is no merge "{draft.merge[:40]}".', did_you_mean(draft.merge, sorted(registry.merges))
    found.append(Diagnostic(code="AL015", path="$.layout", node=draft.id, message=message, hint=hint))
    return One()


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
