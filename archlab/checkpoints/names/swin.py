"""Swin's names (Liu et al. 2021), as its authors publish its weights, and timm its older ones."""

from __future__ import annotations

from archlab.checkpoints.naming import Change, NameMap, Rule, within

BLOCK = (
    Rule("norm{i}", "norm{i}"),
    Rule("attn.qkv", "attn.qkv"),
    Rule("attn.proj", "attn.proj"),
    Rule("attn.relative_position.table", "attn.relative_position_bias_table"),
    Rule("mlp.fc{i}", "mlp.fc{i}"),
)
# A linear layer on pixels there, a 1x1 convolution here.
MERGING = (Rule("norms.0", "norm"), Rule("convs.0", "reduction", Change(reshaped=True)))
BODY = (
    Rule("stem.conv", "patch_embed.proj"),
    Rule("stem.norm", "patch_embed.norm"),
    *within("stage{stage}.cell_{cell}", "layers.{stage}.blocks.{cell}", BLOCK),
    Rule("head.norm", "norm"),
)
DEAD = (".relative_position_index", ".attn_mask")

MAP = NameMap(
    origins=("swin", "timm"),
    layouts=("pyramid",),
    head=("norm.", "head."),
    heads=("classify",),
    dead=DEAD,
    rules=(
        *BODY,
        *within("link_stage{stage}_stage{next}", "layers.{stage}.downsample", MERGING),
        Rule("head.linear", "head"),
    ),
)
