"""HRViT's names (Gu et al. 2022), as its authors publish its weights."""

from __future__ import annotations

from archlab.checkpoints.names.hrnet import HEAD
from archlab.checkpoints.naming import NameMap, Rule, within

CELL = (
    Rule("norm1", "attn_norm"),
    Rule("attn.qv", "attn.to_qkv"),
    Rule("attn.local", "attn.parallel_conv.1"),
    Rule("attn.proj", "attn.to_out.0"),
    Rule("attn.norm", "attn.attn_bn"),
    Rule("shortcut.right", "des.proj_right"),
    Rule("shortcut.left", "des.proj_left"),
    Rule("norm2", "ffn_norm"),
    Rule("ffn.fc{i}", "ffn.fc{i}"),
    Rule("ffn.conv{i}", "ffn.conv.conv_{i}"),
)
EMBEDDING = (Rule("conv", "proj.0"), Rule("depthwise", "proj.1"), Rule("norm", "norm"))
FINER = ("source", "level")
DOWN = (
    Rule("depthwise", "0", rising=FINER),
    Rule("norm1", "1", rising=FINER),
    Rule("conv", "2", rising=FINER),
    Rule("norm2", "3", rising=FINER),
)
UP = (Rule("conv", "0"), Rule("norm", "1"))
# Fusions and columns take turns there: fusion 0, column 0, fusion 1, ...
COLUMN = "features.{2*column+1}"
FUSED = "features.{2*column}.blocks.{level}.{source}"

MAP = NameMap(
    origins=("hrvit",),
    layouts=("hrvit",),
    head=("head.",),
    heads=("incremental",),
    rules=(
        Rule("stem.convs.{i}", "stem.conv{i+1}"),
        Rule("stem.norms.{i}", "stem.bn{i+1}"),
        *within("B{level}_{column}.before_0", f"{COLUMN}.patch_embed.{{level}}", EMBEDDING),
        *within("B{level}_{column}.cell_{cell}", f"{COLUMN}.branches.{{level}}.{{cell}}", CELL),
        Rule("B{level}_{column}.after_0.norm", f"{COLUMN}.norm.{{level}}"),
        *within("link_B{source}_{before}_F{level}_{column}", FUSED, DOWN),
        *within("link_B{source}_{before}_F{level}_{column}", FUSED, UP),
        *(Rule(rule.ours, f"head.{rule.theirs}") for rule in HEAD),
    ),
)
