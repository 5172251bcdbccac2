"""Vision Transformers: the published outputs from the published weights, counts to the unit, and the layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import archlab as al
from archlab.document.writing import dumps
from archlab.templates import template

NUMERICS = Path(__file__).parents[1] / "golden" / "numerics"
NETS = ["vit-1", "vit_registers-1"]
# The reference's names, from their beginning on, and ours; `{i}` is the number of a block.
NAMES = {
    "cls_token": "stem.class_token",
    "reg_token": "stem.register_tokens",
    "pos_embed": "stem.position",
    "patch_embed.proj": "stem.conv",
    "norm": "head.norm",
    "head": "head.linear",
    "blocks.{i}.attn.proj": "blocks{i}.cell_0.attn.output_proj",
    "blocks.{i}": "blocks{i}.cell_0",
}


def renamed(name: str) -> str:
    """Our name for a tensor of the reference."""
    for i in range(3):
        for theirs, ours in NAMES.items():
            start = theirs.format(i=i)
            if name == start or name.startswith(f"{start}."):
                return ours.format(i=i) + name.removeprefix(start)
    raise KeyError(name)


def vit(**options: Any) -> al.Spec:
    """A small Vision Transformer: three groups of one block, a class token, positions."""
    stem = {"patch": 8, "channels": 24, "norm": "none", "tokens": 1, "position": "learned", **options.pop("stem", {})}
    fields = {"groups": 3, "cells": "At", "input": "3x32x32", "heads": 3} | options
    spec = al.vit(**fields).with_stem("patch_embed", **stem)
    return spec.with_head("classify", classes=7, pool="token", norm="channel", norm_eps=1e-6)


def recorded(name: str) -> tuple[al.Spec, dict[str, np.ndarray]]:
    """The document of a reference net, and what was recorded of it."""
    with np.load(NUMERICS / f"{name}.npz") as arrays:
        found = dict(arrays)
    args = json.loads(str(found["config"]))["args"]
    stem = {"tokens": 1 + args.get("reg_tokens", 0), "class_position": not args.get("no_embed_class", False)}
    return vit(input="x".join(map(str, (3, *args["img_size"]))), stem=stem), found


def outputs(net: al.Backbone, x: Tensor) -> list[Tensor]:
    """Tokens after every block and after the norm, what is pooled, and the scores."""
    seen: dict[str, Tensor] = {}
    head = net.node_module("head")
    head.norm.register_forward_hook(lambda _, __, out: seen.update(normed=out))
    head.linear.register_forward_hook(lambda _, given, out: seen.update(pooled=given[0]))
    scores = net(x)
    return [*net.forward_features(x), seen["normed"], seen["pooled"], scores]


@pytest.mark.parametrize("name", NETS)
def test_outputs_and_gradients_of_the_published_net(name: str) -> None:
    spec, arrays = recorded(name)
    net = al.build(spec).eval()
    weights = {renamed(k.removeprefix("w/")): torch.from_numpy(v) for k, v in arrays.items() if k.startswith("w/")}
    net.load_state_dict(weights, strict=True)
    x = torch.from_numpy(arrays["x"]).requires_grad_()
    found = outputs(net, x)
    loss = torch.zeros(())
    for k, y in enumerate(found):
        expected = torch.from_numpy(arrays[f"y{k}"])
        assert y.shape == expected.shape
        assert (y - expected).abs().max() <= 3e-6 * expected.abs().max(), k
        index = torch.arange(y.numel())
        loss = loss + (y.flatten() * (((7919 * index + 104729 * (k + 1)) % 257 - 128) / 64)).sum()
    loss.backward()
    assert x.grad is not None
    expected = torch.from_numpy(arrays["grad_x"])
    assert (x.grad - expected).abs().max() <= 1e-5 * expected.abs().max()


MEASURED = {"vit-small-16": (22.051, 4.599), "vit-base-16": (86.568, 17.564), "vit-large-16": (304.327, 61.555)}
PUBLISHED = {"vit-small-16": (22.05, 4.61), "vit-base-16": (86.57, 17.58), "vit-large-16": (304.33, 61.60)}


@pytest.mark.parametrize("name", MEASURED)
def test_counts_of_the_published_nets(name: str) -> None:
    spec = template(name)
    estimate = al.estimate(spec)
    assert estimate.params is not None
    assert estimate.macs is not None
    assert (round(estimate.params / 1e6, 3), round(estimate.macs / 1e9, 3)) == MEASURED[name]
    blocks, channels = len(spec.cells) // 2, spec.stem.params["channels"]
    of_norms = 5 * (2 * blocks + 1) * 197 * channels  # what the published count adds
    assert (round(estimate.params / 1e6, 2), round((estimate.macs + of_norms) / 1e9, 2)) == PUBLISHED[name]


def test_counts_of_the_base_net_to_the_unit() -> None:
    estimate = al.estimate(template("vit-base-16"))
    assert (estimate.params, estimate.flops) == (86_567_656, 35_127_656_448)
    parts = {row.id: row.flops for row in estimate.nodes}
    assert parts == {"input": 0, "stem": 231_211_008, "blocks0": 34_894_909_440, "head": 1_536_000}


def test_estimate_build_and_counter_agree() -> None:
    spec = vit(layer_scale=0.1, drop_path=0.2, drop_path_rule="linear", stem={"tokens": 3, "norm": "channel"})
    assert not al.check(spec)
    assert al.parse(dumps(spec)) == spec
    estimate = al.estimate(spec, batch=2)
    with torch.device("meta"):
        net = al.build(spec)
        with FlopCounterMode(display=False) as counter:
            scores = net(torch.empty(2, 3, 32, 32))
        features = net.forward_features(torch.empty(2, 3, 32, 32))
    assert counter.get_total_flops() == estimate.flops
    assert sum(p.numel() for p in net.parameters()) == estimate.params
    assert scores.shape == (2, 7)
    assert [tuple(y.shape) for y in features] == [(2, 19, 24)] * 3
    assert {row.id: row.shape for row in estimate.nodes}["blocks2"] == (2, 19, 24)
    assert [cell.drop_path for cell in net.modules() if hasattr(cell, "drop_path")] == [0.0, 0.1, 0.2]


def test_feature_info_tells_of_extra_tokens() -> None:
    info = {"num_chs": 24, "reduction": 8, "tokens": 1}
    assert al.build(vit()).feature_info == [{**info, "module": f"blocks{i}"} for i in range(3)]
    plain = vit(stem={"tokens": 0}).with_head("dense")
    assert "tokens" not in al.build(plain).feature_info[0]


def test_outputs_may_be_chosen() -> None:
    spec = al.parse(
        '{"format": "archlab/1", "name": "chosen", "input": {"channels": 3, "size": [32, 32]},'
        '"layout": {"type": "vit", "groups": 3}, "cells": ["At", "AtAt", "At"], "options": {"heads": 2},'
        '"stem": {"type": "patch_embed", "patch": 8, "channels": 8, "tokens": 1}, "outputs": ["blocks1"]}'
    )
    assert not al.check(spec)
    (y,) = al.build(spec)(torch.randn(1, 3, 32, 32))
    assert y.shape == (1, 17, 8)


@pytest.mark.parametrize("cells", ["C2C2", "L1", "AtC2"])
def test_without_extra_tokens_any_cells_will_do(cells: str) -> None:
    stem = {"patch": 4, "channels": 8}
    spec = al.vit(groups=2, cells=cells, input="3x32x32", heads=2, window=(1, 4, 4)).with_stem("patch_embed", **stem)
    assert not al.check(spec)
    outs = al.build(spec)(torch.randn(1, 3, 32, 32))
    assert [tuple(y.shape) for y in outs] == [(1, 8, 8, 8)] * 2
    assert [row.shape for row in al.estimate(spec).nodes][-1] == (1, 8, 8, 8)


def test_the_whole_net_is_compiled_and_exported() -> None:
    net, x = al.build(vit(groups=2)).eval(), torch.randn(2, 3, 32, 32)
    torch.compiler.reset()
    with torch.no_grad():
        expected = net(x)
        compiled = torch.compile(net, backend="aot_eager", fullgraph=True)(x)
        exported = torch.export.export(net, (x,)).module()(x)
    torch.testing.assert_close(compiled, expected)
    torch.testing.assert_close(exported, expected)
    torch.compiler.reset()


def test_another_grid_is_refused_in_words() -> None:
    net = al.build(vit(stem={"position": "none"}))
    with pytest.raises(ValueError, match="stem is bound to the size that it was built for"):
        net(torch.randn(1, 3, 64, 16))  # as many patches, on another grid
