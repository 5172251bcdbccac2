"""Names of SNRAware's tensors, and what they are called here: one rule for cells, links and whole networks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archlab.graph.model import Graph

# Wrappers of the original around a layer, and our names of the parts of a cell.
LEAF = r"(?=\.(weight|bias|running_mean|running_var|num_batches_tracked)$)"
WRAPPED = re.compile(r"(\.(conv|linear|ln|bn|inst))+" + LEAF)
CELL = [
    (r"^attn\.(weight|bias)$", r"conv.conv.\1"),
    (r"^attn\.act_func\.", "conv.act."),
    (r"^attn\.n1\.", "conv.norm."),
    (r"^attn\.relative_position_bias_table$", "attn.relative_position.table"),
    (r"^mlp\.0\.", "mixer.fc1."),
    (r"^mlp\.1\.", "mixer.act."),
    (r"^mlp\.2\.", "mixer.fc2."),
    (r"^n([12])\.", r"norm\1."),
]
GATE = [(r"^conv_x\.", "skip_proj."), (r"^conv_query\.", "query_proj."), (r"^conv_gate\.", "gate_proj.")]
LINK = [(r"^block\.[DU][23]_(\d+)\.", r"convs.\1.")]
MODEL = ("pre", "post")  # the convolutions around the backbone of a denoising model


def renamed(name: str) -> str:
    """Our name of a tensor of one cell of the original (`attn.key.conv.weight`)."""
    return _through(CELL, _unwrapped(name))


def children(graph: Graph) -> dict[str, str]:
    """The original's name of every child of a network -> our name of that child."""
    found: dict[str, str] = {}
    levels = {node.id: node.level for node in graph.nodes}
    downs = any(link.steps > 0 for link in graph.links)
    for node in (node for node in graph.nodes if node.kind == "block"):
        found[_block(node.id, downs)] = node.id
    for link in (link for link in graph.links if link.kind not in ("identity", "zero_pad")):
        name = _link(link.source, link.target, levels, gate=link.kind == "gate")
        found[name] = f"link_{link.source}_{link.target}"
    return found | dict(zip(MODEL, ("stem.conv", "head.conv"), strict=True))


def rename(name: str, known: Mapping[str, str]) -> str:
    """Our name of a tensor of a network of the original; empty for one that has no place here."""
    child = next((c for c in known if name.startswith(f"{c}.")), "")
    if not child:
        return ""
    rest, ours = _unwrapped(name[len(child) + 1 :]), known[child]
    cell = re.match(r"block\.(cell_\d+)\.", rest)
    if cell:
        return f"{ours}.{cell[1]}.{_through(CELL, rest[cell.end() :])}"
    return f"{ours}.{_through(GATE + LINK, rest)}"


def unprefixed(names: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Every name -> the same without what stands before the backbone (`module.`, `state.bk.`).

    The convolutions of a denoising model lie beside its backbone: `module.pre.` next to `module.bk.`.
    """
    names = list(names)
    before = _prefix(names, known)
    beside = ".".join(before.split(".")[:-2])
    outer = tuple(f"{beside}.{end}.".removeprefix(".") for end in MODEL)
    bare = {}
    for name in names:
        if name.startswith(outer):
            bare[name] = name[len(beside) + 1 :] if beside else name
        else:
            bare[name] = name.removeprefix(before)
    return bare


def _prefix(names: Iterable[str], known: Mapping[str, str]) -> str:
    """What stands most often before the name of one of the backbone's children."""
    counts: dict[str, int] = {}
    for words in (name.split(".") for name in names):
        for position in range(len(words)):
            one, two = words[position], ".".join(words[position : position + 2])  # two in a chain: `layers.0`
            if (one in known or two in known) and one not in MODEL:
                before = "".join(f"{word}." for word in words[:position])
                counts[before] = counts.get(before, 0) + 1
                break
    return max(counts, key=lambda before: (counts[before], -len(before)), default="")


def _block(id: str, downs: bool) -> str:
    """The original's name of a block: U-Net's are the same, a chain counts its down-samplers too."""
    if id.startswith("stage"):
        return f"layers.{int(id.removeprefix('stage')) * (2 if downs else 1)}"
    return f"output_B{id.removeprefix('out')}" if id.startswith("out") else id


def _link(source: str, target: str, levels: Mapping[str, int], *, gate: bool) -> str:
    """The original's name of a link, from the blocks that it joins."""
    if gate:
        return f"attention_{levels[source]}"
    if target.startswith("stage"):
        return f"layers.{2 * int(target.removeprefix('stage')) - 1}"
    if target == "agg":
        return f"up_{levels[source]}"
    if target.startswith("F"):
        way = "down" if levels[target] > levels[source] else "up"
        return f"{way}_{levels[source]}_{levels[target]}"
    if source.startswith("B") and target.startswith("B"):
        return f"down_{source[1:]}_{target[1:]}"
    return f"up_{levels[target]}" if target.startswith("U") else f"down_{levels[source]}"


def _unwrapped(name: str) -> str:
    """`conv.conv.weight` is `weight` of a layer inside two wrappers."""
    return WRAPPED.sub("", f".{name}").removeprefix(".")


def _through(rules: Iterable[tuple[str, str]], name: str) -> str:
    for pattern, ours in rules:
        name = re.sub(pattern, ours, name)
    return name
