"""HRNet's names (Wang et al. 2020), in its authors' classification code and in timm alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from archlab.checkpoints.naming import NameMap, Numbers, Rule, within

CELL = (  # a basic block or a bottleneck
    Rule("conv{i}", "conv{i}"),
    Rule("norm{i}", "bn{i}"),
    Rule("shortcut", "downsample.0"),
    Rule("shortcut_norm", "downsample.1"),
)
STEP = (Rule("conv", "0"), Rule("norm", "1"))
STEPS = (Rule("convs.{i}", "{i}.0"), Rule("norms.{i}", "{i}.1"))
FIRST_STEP = (Rule("convs.0", "0"), Rule("norms.0", "1"))
MODULE = "stage{stage}.{module}"
HEAD = (  # of classification; HRViT's is the same inside of `head`
    *within("wide{level}.before_0", "incre_modules.{level}.0", CELL),
    *within("link_total{level}_total{below}", "downsamp_modules.{level}", FIRST_STEP),
    *within("link_total{level}_head", "final_layer", STEP),
    Rule("head.linear", "classifier"),
)


def modules(names: Iterable[str]) -> Mapping[int, Numbers]:
    """Stage and module of every column: a stage is as many columns as have the same number of levels."""
    blocks = {(int(b[1]), int(b[2])) for b in (re.match(r"B(\d+?)_?(\d+?)\.", name) for name in names) if b}
    levels = Counter(column for _, column in blocks)
    found: dict[int, Numbers] = {}
    seen: Counter[int] = Counter()
    for column in sorted(levels):
        stage = levels[column]
        found[column] = {"stage": stage, "module": seen[stage]}
        seen[stage] += 1
    return found


MAP = NameMap(
    origins=("hrnet", "timm"),
    layouts=("hrnetv2",),
    further=modules,
    head=("incre_modules.", "downsamp_modules.", "final_layer.", "classifier."),
    heads=("incremental",),
    rules=(
        Rule("stem.convs.{i}", "conv{i+1}"),
        Rule("stem.norms.{i}", "bn{i+1}"),
        *within("B0_0.cell_{cell}", "layer1.{cell}", CELL),
        *within("B{level}_{column}.cell_{cell}", f"{MODULE}.branches.{{level}}.{{cell}}", CELL),
        *within(
            "link_B{source}_{column}_F{level}_{column}", f"{MODULE}.fuse_layers.{{level}}.{{source}}", STEP + STEPS
        ),
        *within("link_B0_0_B0_1", "transition1.0", STEP),
        *within("link_B0_0_B1_1", "transition1.1", STEPS),
        *within("link_F{source}_{before}_B{level}_{column}", "transition{level}.{level}", STEPS),
        *HEAD,
    ),
)
