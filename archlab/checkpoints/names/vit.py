"""timm's names of the Vision Transformer (Dosovitskiy et al. 2021)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from archlab.checkpoints.naming import NameMap, Numbers, Rule, within

BLOCK = (
    Rule("norm{i}", "norm{i}"),
    Rule("attn.qkv", "attn.qkv"),
    Rule("attn.output_proj", "attn.proj"),
    Rule("mlp.fc{i}", "mlp.fc{i}"),
    Rule("scale{i}", "ls{i}.gamma"),
)


def before(names: Iterable[str]) -> Mapping[int, Numbers]:
    """How many cells stand before every group: there, blocks are counted through."""
    cells = Counter(int(column) for column, _ in {c.groups() for c in map(CELL.match, names) if c})
    return {column: {"before": sum(cells[other] for other in cells if other < column)} for column in cells}


CELL = re.compile(r"blocks(\d+)\.cell_(\d+)\.")
MAP = NameMap(
    origins=("timm",),
    layouts=("vit",),
    further=before,
    head=("norm.", "fc_norm.", "head."),
    heads=("classify",),
    rules=(
        Rule("stem.class_token", "cls_token"),
        Rule("stem.register_tokens", "reg_token"),
        Rule("stem.position", "pos_embed"),
        Rule("stem.conv", "patch_embed.proj"),
        *within("blocks{column}.cell_{cell}", "blocks.{before+cell}", BLOCK),
        Rule("head.norm", "norm"),
        Rule("head.linear", "head"),
    ),
)
