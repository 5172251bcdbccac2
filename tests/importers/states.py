"""What the original would have saved: our own tensors under its names."""

from __future__ import annotations

from torch import Tensor

import archlab as al
from archlab.importers.snraware.names import children


def original_names(net: al.Backbone) -> dict[str, str]:
    """The original's name of every tensor of a net, made by inverting what it calls its children and layers."""
    known = {ours: theirs for theirs, ours in children(net.graph).items()}
    layers = {"norm1": "n1.ln", "norm2": "n2.ln", "mixer.fc1": "mlp.0.conv", "mixer.act": "mlp.1"}
    layers |= {"mixer.fc2": "mlp.2.conv", "conv.conv": "attn.conv.conv", "conv.norm": "attn.n1.ln"}
    layers |= {"conv.act": "attn.act_func", "skip_proj": "conv_x.conv", "query_proj": "conv_query.conv"}
    layers |= {"gate_proj": "conv_gate.conv", "input_proj": "input_proj.conv"}
    found = {}
    for name in net.state_dict():
        child = next(c for c in known if name.startswith(f"{c}."))
        rest = name[len(child) + 1 :]
        cell, _, inner = rest.partition(".") if rest.startswith("cell_") else ("", "", rest)
        inner = inner.replace("attn.relative_position.table", "attn.relative_position_bias_table")
        inner = (
            inner.replace("convs.", "block.D2_").replace(".weight", ".conv.conv.weight") if "convs" in inner else inner
        )
        for ours, theirs in layers.items():
            inner = f"{theirs}{inner.removeprefix(ours)}" if inner.startswith(f"{ours}.") else inner
        found[name] = f"{known[child]}.{f'block.{cell}.' if cell else ''}{inner}"
    return found


def state_of(net: al.Backbone) -> dict[str, Tensor]:
    """The net's own tensors under the original's names, each shifted so that it is seen to arrive."""
    state = net.state_dict()
    return {theirs: state[ours] + 1 for ours, theirs in original_names(net).items()}
