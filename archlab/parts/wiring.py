"""The small builder that layouts, necks and heads are handed: blocks, fusions, parts, the wires into them, outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from archlab.document.entries import CellRef, as_cells
from archlab.document.feature_map import FeatureMap
from archlab.document.limits import MAX_NODES
from archlab.document.values import EMPTY, Params, freeze
from archlab.geometry.window_plan import WindowPlan, Windows
from archlab.parts.merge import Merge
from archlab.parts.part import Part

NodeKind = Literal["input", "stem", "block", "fusion", "neck", "head"]
Section = Literal["backbone", "neck", "head"]
CellsKey = int | tuple[int, int]  # an entry of the document's `cells`: its place, or (column, level)
Fixed = Sequence[str | Mapping[str, Any]]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Wire(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A wire into a node: where from, by which kind, and (for gates) the source of the map that steers it."""

    source: str
    kind: str = "identity"
    query: str = ""
    channels: int = 0  # what arrives; 0 = as many as the source has
    fields: Params = EMPTY  # of the link, as the layout wants them; the document's own go before


class DraftNode(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True, gc=False):
    """A node as it was asked for, before the document's overrides."""

    id: str
    kind: NodeKind
    level: int
    stage: int
    channels: int = 0  # what leaves; 0 = as many as arrive
    merge: str = "one"  # the word of a merge
    wires: tuple[Wire, ...] = ()
    cells: CellsKey | None = None  # which entry of the document's `cells`; None = it has none of its own
    windows: Windows | None = None
    before: tuple[CellRef, ...] = ()  # fixed cells between the merge and the block's own cells
    after: tuple[CellRef, ...] = ()  # fixed cells behind them
    options: Params = EMPTY  # of this block's own cells
    first: Params = EMPTY  # of the first of them, on top
    series: str = ""  # which cells are counted together for their places
    part: Part | None = None  # a neck's or head's own module
    section: Section = "backbone"
    path: str = "$.layout"  # where in a document the part that asked for it stands


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A map that necks and heads may read: its node, where that stands, and its channels as they were asked for."""

    id: str
    level: int
    stage: int
    channels: int


class Wiring:
    """Collects what a layout builds, and then what necks and head put on top.

    Attributes:
        plan: windows and patches of the document, from level to level.
        entry: id of the node that the first block reads.
        entry_channels: channels of the map that leaves it.
        nodes: what was built so far, in order of computation.
        outputs: ids of the backbone's outputs.
    """

    def __init__(
        self, plan: WindowPlan, entry: str, channels: int = 0, merges: Mapping[str, type[Merge]] = EMPTY
    ) -> None:
        """`channels` are those of the entry; `merges` are the known ones by their words."""
        self.plan = plan
        self.entry = entry
        self.entry_channels = channels
        self.nodes: list[DraftNode] = []
        self.outputs: tuple[str, ...] = ()
        self._channels = {"input": channels, entry: channels}
        self._merges = merges
        self._section: Section = "backbone"
        self._path = "$.layout"

    @staticmethod
    def wire(
        source: str, kind: str = "identity", *, channels: int = 0, query: str = "", fields: Mapping[str, Any] = EMPTY
    ) -> Wire:
        """A wire from the node `source` by a link of that kind.

        `channels` = what it must deliver, `query` = source of a gate's steering map, `fields` = fields of the link.
        """
        return Wire(source=source, kind=kind, query=query, channels=channels, fields=freeze(fields))

    def block(
        self,
        id: str,
        *,
        level: int,
        stage: int,
        channels: int,
        inputs: Sequence[Wire],
        cells: CellsKey | None,
        windows: Windows | None = None,
        merge: str = "sum",
        before: Fixed = (),
        after: Fixed = (),
        options: Mapping[str, Any] = EMPTY,
        first: Mapping[str, Any] = EMPTY,
        series: str = "",
    ) -> str:
        """Add a block that maps its merged inputs to `channels`.

        Args:
            id: its name, unique, of letters, digits and _.
            level, stage: its place in the lattice.
            channels: what is asked of each of its cells.
            inputs: what arrives, in order of the merge.
            cells: which entry of the document's `cells` it takes: a place, or (column, level); None = no cells of the
                document, only those that are fixed.
            windows: window and patch of its cells, from the `plan`.
            merge: how several inputs become one.
            before, after: fixed cells before and behind the document's: codes, or mappings of `code` and its fields.
                They read these and class defaults only, never options of the document.
            options: the layout's for the document's cells here: weaker than what the document says of the block, of
                their code or of the level, stronger than its `options`. A cell takes those that it has.
            first: further ones for the first of them, such as a stride.
            series: cells that care for their place (`Cell.placed`) are counted along the longest way through the
                blocks of one series; the default is the whole net.
        """
        if cells is None and not before and not after:
            raise ValueError(f"the block {id!r} has no cells: name an entry of the document's, or use a fusion.")
        node = DraftNode(
            id=id,
            kind="block",
            level=level,
            stage=stage,
            channels=channels,
            merge=merge if len(inputs) > 1 else "one",
            wires=tuple(inputs),
            cells=cells,
            windows=windows,
            before=_fixed(before),
            after=_fixed(after),
            options=freeze(options),
            first=freeze(first),
            series=series,
        )
        return self._add(node, channels)

    def fusion(
        self,
        id: str,
        *,
        level: int,
        stage: int,
        inputs: Sequence[Wire],
        merge: str = "sum",
        before: Fixed = (),
        after: Fixed = (),
    ) -> str:
        """Add a node that merges several levels into one; the fixed cells behind the merge keep its channels."""
        arriving = [wire.channels or self._channels.get(wire.source, 0) for wire in inputs]
        maps = [FeatureMap(channels=channels, size=()) for channels in arriving]
        word = self._merges.get(merge)  # an unknown one is told where its node is settled
        channels = word().out(maps).channels if word is not None and maps else next(iter(arriving), 0)
        node = DraftNode(
            id=id,
            kind="fusion",
            level=level,
            stage=stage,
            merge=merge,
            wires=tuple(inputs),
            before=_fixed(before),
            after=_fixed(after),
        )
        return self._add(node, channels)

    def part(
        self,
        id: str,
        part: Part,
        *,
        inputs: Sequence[Wire],
        level: int,
        stage: int,
        kind: Literal["neck", "head"],
        merge: str = "sum",
        channels: int = 0,
    ) -> str:
        """Add a node computed by a neck's or head's own module; `channels` = what leaves, for who reads it."""
        node = DraftNode(
            id=id,
            kind=kind,
            level=level,
            stage=stage,
            merge=merge if len(inputs) > 1 else "one",
            wires=tuple(inputs),
            part=part,
        )
        return self._add(node, channels)

    def output(self, *ids: str) -> None:
        """Name the backbone's outputs in the order in which the network returns them."""
        if not ids:
            raise ValueError("a layout needs an output.")
        self.read(*ids)
        self.outputs = ids

    def read(self, *ids: str) -> tuple[Output, ...]:
        """The maps that leave these nodes, for necks and heads.

        Raises:
            ValueError: one of them was not built here; input and stem were not.
        """
        built = {node.id: node for node in self.nodes}
        unknown = [id for id in ids if id not in built]
        if unknown:
            raise ValueError(f"{', '.join(map(repr, unknown))}: no such node was built, so it cannot be read.")
        return tuple(
            Output(id=id, level=built[id].level, stage=built[id].stage, channels=self._channels[id]) for id in ids
        )

    def unused(self, id: str) -> str:
        """The id, or one like it where a node has it already: necks and heads may stand on one another."""
        number, free = 1, id
        while free in self._channels:
            number += 1
            free = f"{id}_{number}"
        return free

    def on_top(self, section: Section, path: str) -> None:
        """What is added from now on belongs to a neck or head, which a document names at `path`."""
        self._section, self._path = section, path

    def _add(self, node: DraftNode, channels: int) -> str:
        if len(self.nodes) >= MAX_NODES:
            raise OverflowError(f"The layout has more than {MAX_NODES} nodes.")
        if not NAME.fullmatch(node.id) or node.id in self._channels:
            raise ValueError(f"the node id {node.id!r} is taken, or not of letters, digits and _.")
        for wire in node.wires:
            if wire.source not in self._channels or (wire.query and wire.query not in self._channels):
                raise ValueError(f"{node.id} is wired from {wire.source!r}, which is not built yet.")
        if self._section != "backbone":
            node = msgspec.structs.replace(node, section=self._section, path=self._path)
        self.nodes.append(node)
        self._channels[node.id] = channels
        return node.id


def _fixed(cells: Fixed) -> tuple[CellRef, ...]:
    if not cells:
        return ()
    found = as_cells(list(cells))
    assert not isinstance(found, str)
    return found


def block_id(prefix: str, level: int, stage: int) -> str:
    """`B12`, or `B1_12` when an index exceeds 9."""
    separator = "_" if max(level, stage) > 9 else ""
    return f"{prefix}{level}{separator}{stage}"
