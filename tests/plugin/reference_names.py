"""Which parameter of the references is which of the nets that archlab builds."""

from __future__ import annotations

import re

# Children of our nets -> those of the references, in the same order of parameters. Columns and stages are filled in.
RULES = {
    "hrnet": (
        (r"B0_0\.cell_(\d+)\.", r"layer1.\1."),
        (r"B(\d)_(\d)\.cell_(\d+)\.", r"module\2.branches.\1.\3."),
        (r"link_B(\d)_(\d)_F(\d)_\d\.", r"module\2.fuse_layers.\3.\1."),
        (r"link_B0_0_B0_1\.", r"transition1.0."),
        (r"link_[BF]\d_\d_B(\d)_\d\.", r"transition\1.\1."),
        (r"stem\.(conv|norm)s\.0", r"\g<1>1"),
        (r"stem\.(conv|norm)s\.1", r"\g<1>2"),
        (r"^norm(\d)", r"bn\1"),
    ),
    "hrvit": (
        (r"B(\d)_(\d)\.before_0\.", r"column\2.patch_embed.\1."),
        (r"B(\d)_(\d)\.cell_(\d+)\.", r"column\2.branches.\1.\3."),
        (r"B(\d)_(\d)\.after_0\.norm\.", r"column\2.norm.\1."),
        (r"link_B(\d)_\d_F(\d)_(\d)\.", r"fusion\3.blocks.\2.\1."),
        (r"stem\.convs\.(\d)", lambda found: f"stem.conv{int(found[1]) + 1}"),
        (r"stem\.norms\.(\d)", lambda found: f"stem.bn{int(found[1]) + 1}"),
        (r"attn\.to_qv", "attn.to_qkv"),
        (r"attn\.local", "attn.parallel_conv.1"),
        (r"attn\.to_out", "attn.to_out.0"),
        (r"attn\.norm", "attn.attn_bn"),
        (r"ffn\.conv_", "ffn.conv.conv_"),
        (r"column(\d)", lambda found: f"features.{2 * int(found[1]) + 1}"),
        (r"fusion(\d)", lambda found: f"features.{2 * int(found[1])}"),
    ),
    "top": (
        (r"wide(\d)\.before_0\.", r"head.incre_modules.\1.0."),
        (r"link_total(\d)_total\d\.0", r"head.downsamp_modules.\1"),
        (r"link_total\d_scores\.", "head.final_layer."),
        (r"scores\.", "head."),
        (r"link_pile_mixed\.", "mix."),
    ),
}
MODULES = {1: "stage2.0", 2: "stage3.0", 3: "stage4.0", 4: "stage4.1"}  # column -> module


def theirs(net: str, key: str) -> str:
    """The name that a parameter of our net has in the reference; `net` is hrnet or hrvit."""
    if key.startswith("link_"):  # a convolution and its norm, as 0 and 1 behind the number of the step
        key = re.sub(r"\.(conv|norm)s\.(\d)\.", lambda found: f".{found[2]}.{int(found[1] == 'norm')}.", key)
        key = re.sub(r"\.(conv|norm)\.", lambda found: f".{int(found[1] == 'norm')}.", key)
    if top := _renamed(key, "top"):
        return top
    key = _renamed(key, net)
    return "body." + re.sub(r"module(\d)", lambda found: MODULES[int(found[1])], key)


def _renamed(key: str, rules: str) -> str:
    """By every rule that fits; empty where none does."""
    start = key
    for pattern, to in RULES[rules]:
        key = re.sub(pattern, to, key)
    return "" if key == start else key
