"""The small builder that a layout is handed: blocks, fusions, the wires into them, and the outputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from archlab.document.limits import MAX_NODES
from archlab.geometry.window_plan import WindowPlan, Windows

NodeKind = Literal["input", "stem", "block", "fusion", "head"]
Merge = Literal["one", "sum", "concat"]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Wire(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A wire into a node: where from, by which kind, and (for gates) the source of the map that steers it."""

    source: str
    kind: str = "identity"
    query: str = ""
    channels: int = 0  # what arrives; 0 = as many as the source has


class DraftNode(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A node as the layout asked for it, before the document's overrides."""

    id: str
    kind: NodeKind
    level: int
    stage: int
    channels: int = 0  # what leaves; 0 = as many as arrive
    merge: Merge = "one"
    wires: tuple[Wire, ...] = ()
    cells: int | None = None  # which entry of the document's `cells`
    windows: Windows | None = None


class Wiring:
    """Collects what a layout builds. `entry` is the id of the node that the first block reads."""

    def __init__(self, plan: WindowPlan, entry: str) -> None:
        self.plan = plan
        self.entry = entry
        self.nodes: list[DraftNode] = []
        self.outputs: tuple[str, ...] = ()
        self._ids = {"input", entry}

    @staticmethod
    def wire(source: str, kind: str = "identity", *, channels: int = 0, query: str = "") -> Wire:
        """A wire from `source`; `channels` = what it must deliver, `query` = source of a gate's steering map."""
        return Wire(source=source, kind=kind, query=query, channels=channels)

    def block(
        self,
        id: str,
        *,
        level: int,
        stage: int,
        channels: int,
        inputs: Sequence[Wire],
        cells: int,
        windows: Windows | None = None,
        merge: Merge = "sum",
    ) -> str:
        """Add a block that maps its merged inputs to `channels`; `cells` picks the entry of the document's list."""
        return self._add(
            DraftNode(
                id=id,
                kind="block",
                level=level,
                stage=stage,
                channels=channels,
                merge=merge if len(inputs) > 1 else "one",
                wires=tuple(inputs),
                cells=cells,
                windows=windows,
            )
        )

    def fusion(self, id: str, *, level: int, stage: int, inputs: Sequence[Wire], merge: Merge = "sum") -> str:
        """Add a node that merges several levels into one and computes nothing else."""
        node = DraftNode(id=id, kind="fusion", level=level, stage=stage, merge=merge, wires=tuple(inputs))
        return self._add(node)

    def output(self, *ids: str) -> None:
        """Name the backbone's outputs in the order in which the network returns them."""
        unknown = [id for id in ids if id not in self._ids]
        if unknown or not ids:
            raise ValueError(f"the outputs {unknown} are no nodes." if unknown else "a layout needs an output.")
        self.outputs = ids

    def _add(self, node: DraftNode) -> str:
        if len(self.nodes) >= MAX_NODES:
            raise OverflowError(f"The layout has more than {MAX_NODES} nodes.")
        if not NAME.fullmatch(node.id) or node.id in self._ids:
            raise ValueError(f"the node id {node.id!r} is taken, or not of letters, digits and _.")
        for wire in node.wires:
            if wire.source not in self._ids or (wire.query and wire.query not in self._ids):
                raise ValueError(f"{node.id} is wired from {wire.source!r}, which is not built yet.")
        self.nodes.append(node)
        self._ids.add(node.id)
        return node.id


def block_id(prefix: str, level: int, stage: int) -> str:
    """`B12`, or `B1_12` when an index exceeds 9."""
    separator = "_" if max(level, stage) > 9 else ""
    return f"{prefix}{level}{separator}{stage}"
