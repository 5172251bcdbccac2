"""Small hand-made graphs, so that the views are tested without layouts, cells or torch."""

from __future__ import annotations

from archlab.document.feature_map import FeatureMap
from archlab.graph.model import CellUse, Graph, GraphLink, GraphNode
from archlab.parts.cell import Cell
from archlab.parts.wiring import Merge, NodeKind


class Attention(Cell, frozen=True, kw_only=True):
    """Stand-in for an attention cell."""

    family = "attention"


class Convolution(Cell, frozen=True, kw_only=True):
    """Stand-in for a convolution cell."""

    family = "convolution"


class Builder:
    """Collects nodes and links; every map is derived from level and channels."""

    def __init__(self, channels: int = 32, size: tuple[int, int] = (224, 224)) -> None:
        self.channels, self.size = channels, size
        self.nodes: list[GraphNode] = []
        self.links: list[GraphLink] = []

    def map(self, level: int, channels: int | None = None) -> FeatureMap:
        """The map of a level."""
        height, width = self.size
        return FeatureMap(
            channels=channels or self.channels << level,
            size=(height >> level, width >> level),
            stride=(1 << level, 1 << level),
        )

    def node(
        self,
        id: str,
        level: int,
        stage: int,
        inputs: tuple[str, ...] = (),
        text: str = "",
        kind: NodeKind = "block",
        merge: Merge | None = None,
        channels: int | None = None,
    ) -> None:
        """Add a node that receives one link from each of `inputs` (`source` or `source:kind`)."""
        arriving = []
        for entry in inputs:
            source, _, link_kind = entry.partition(":")
            arriving.append(self._link(source, id, level, link_kind))
        out = self.map(level, channels)
        codes = [text[i : i + 2] for i in range(0, len(text), 2)]
        cells = tuple(
            CellUse(
                code=c, path=f"$.blocks.{id}[{i}]", cell=Convolution() if c[0] == "C" else Attention(), x=out, out=out
            )
            for i, c in enumerate(codes)
        )
        self.nodes.append(
            GraphNode(
                id=id,
                kind=kind,
                level=level,
                stage=stage,
                channels=out.channels,
                merge=merge or ("sum" if len(inputs) > 1 else "one"),
                inputs=tuple(arriving),
                cells=cells,
                text=text,
                x=out,
                out=out,
            )
        )

    def _link(self, source: str, target: str, level: int, kind: str) -> str:
        origin = next(n for n in self.nodes if n.id == source)
        steps = level - origin.level
        default = "identity" if steps == 0 else "patch_merge" if steps > 0 else "interp_conv3"
        id = f"{source}>{target}"
        channels = self.channels << level
        self.links.append(
            GraphLink(
                id=id,
                source=source,
                target=target,
                kind=kind or default,
                part=None,
                channels=channels,
                steps=steps,
                x=origin.out,
                out=self.map(level, channels),
            )
        )
        return id

    def set_link(self, id: str, **changes: object) -> None:
        """Replace fields of a link that was added."""
        at = next(i for i, k in enumerate(self.links) if k.id == id)
        old = {f: getattr(self.links[at], f) for f in self.links[at].__struct_fields__}
        self.links[at] = GraphLink(**{**old, **changes})

    def graph(self, outputs: tuple[str, ...], levels: int, stages: int) -> Graph:
        """The finished graph."""
        return Graph(nodes=tuple(self.nodes), links=tuple(self.links), outputs=outputs, levels=levels, stages=stages)


def hrnet(levels: int = 3, text: str = "T1L1G1") -> Graph:
    """Blocks B_ls for l <= s, all-to-all fusion, output blocks, aggregate."""
    b = Builder()
    b.node("input", 0, -2, kind="input", channels=3)
    for stage in range(levels):
        for level in range(stage + 1):
            if stage == 0:
                inputs: tuple[str, ...] = ("input",)
            else:
                same = tuple(f"B{level}{t}" for t in range(level, stage))
                down = tuple(f"B{k}{stage - 1}" for k in range(level))
                inputs = same + down
            b.node(f"B{level}{stage}", level, stage, inputs, text)
    for level in range(levels):
        b.node(f"F{level}", level, levels, tuple(f"B{k}{levels - 1}" for k in range(levels)), kind="fusion")
    for level in range(levels):
        b.node(f"out{level}", level, levels + 1, (f"F{level}",), text)
    outs = tuple(f"out{level}" for level in range(levels))
    b.node("agg", 0, levels + 2, outs, kind="fusion", merge="concat", channels=b.channels * (2**levels - 1))
    return b.graph((*outs, "agg"), levels, levels)


def unet(levels: int = 4, gate: bool = True, text: str = "C2C2") -> Graph:
    """Down path, bridge, up path, gates on the skips."""
    b = Builder()
    b.node("input", 0, -2, kind="input", channels=3)
    for level in range(levels):
        b.node(f"D{level}", level, level, ("input",) if level == 0 else (f"D{level - 1}",), text)
    b.node("bridge", levels, levels, (f"D{levels - 1}",), text)
    below = "bridge"
    for level in reversed(range(levels)):
        id, skip = f"U{level}", f"D{level}" + (":gate" if gate else "")
        b.node(id, level, 2 * levels - level, (skip, below), text, merge="concat")
        if gate:
            b.set_link(f"D{level}>{id}", query=f"{below}>{id}")
        below = id
    return b.graph(("U0",), levels, 2 * levels + 1)


def soanet(stages: int = 4, text: str = "T1L1G1") -> Graph:
    """One block per stage, each a level deeper, and a classifier."""
    b = Builder()
    b.node("input", 0, -2, kind="input", channels=3)
    before = "input"
    for stage in range(stages):
        b.node(f"stage{stage}", stage, stage, (before,), text)
        before = f"stage{stage}"
    b.node("head", stages - 1, stages, (before,), kind="head", channels=10)
    return b.graph(tuple(f"stage{s}" for s in range(stages)), stages, stages)
