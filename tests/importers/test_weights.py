"""Weights of the original: every name has its place, everything else is reported."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

import archlab as al
from archlab.importers.snraware.names import children, rename, unprefixed
from archlab.importers.snraware.weights import take_over
from tests.importers.configs import config
from tests.importers.states import state_of

# Our names -> the original's, written out by hand for every kind of tensor.
NAMES = {
    "unet": {
        "D0.block.cell_0.n1.ln.weight": "D0.cell_0.norm1.weight",
        "D0.block.cell_0.n2.ln.bias": "D0.cell_0.norm2.bias",
        "D0.block.cell_0.input_proj.conv.weight": "D0.cell_0.input_proj.weight",
        "D0.block.cell_0.attn.query.conv.weight": "D0.cell_0.attn.query.weight",
        "D0.block.cell_0.mlp.0.conv.bias": "D0.cell_0.mixer.fc1.bias",
        "D0.block.cell_0.mlp.1.weight": "D0.cell_0.mixer.act.weight",
        "D0.block.cell_1.attn.key.linear.weight": "D0.cell_1.attn.key.weight",
        "D0.block.cell_1.mlp.2.linear.weight": "D0.cell_1.mixer.fc2.weight",
        "D0.block.cell_1.attn.relative_position_bias_table": "D0.cell_1.attn.relative_position.table",
        "U1.block.cell_2.attn.conv.conv.weight": "U1.cell_2.conv.conv.weight",
        "U1.block.cell_2.attn.n1.bn.running_mean": "U1.cell_2.conv.norm.running_mean",
        "U1.block.cell_2.attn.act_func.weight": "U1.cell_2.conv.act.weight",
        "down_0.block.D2_0.conv.conv.weight": "link_D0_D1.convs.0.weight",
        "down_1.block.D2_0.conv.conv.weight": "link_D1_bridge.convs.0.weight",
        "up_1.block.U2_0.conv.conv.weight": "link_bridge_U1.convs.0.weight",
        "up_0.block.U2_0.conv.conv.weight": "link_U1_U0.convs.0.weight",
        "attention_1.conv_x.conv.weight": "link_D1_U1.skip_proj.weight",
        "attention_0.conv_query.conv.weight": "link_D0_U0.query_proj.weight",
        "attention_0.conv_gate.conv.weight": "link_D0_U0.gate_proj.weight",
    },
    "hrnet": {
        "output_B1.block.cell_0.attn.value.conv.bias": "out1.cell_0.attn.value.bias",
        "down_01_22.block.D2_0.conv.conv.weight": "link_B01_B22.convs.0.weight",
        "down_01_22.block.D2_1.conv.conv.weight": "link_B01_B22.convs.1.weight",
        "down_0_2.block.D2_1.conv.conv.weight": "link_B02_F2.convs.1.weight",
        "up_2_0.block.U2_1.conv.conv.weight": "link_B22_F0.convs.1.weight",
        "up_2.block.U2_0.conv.conv.weight": "link_out2_agg.convs.0.weight",
    },
    "soanet": {
        "layers.2.block.cell_0.attn.key.conv.weight": "stage1.cell_0.attn.key.weight",
        "layers.3.block.D2_0.conv.conv.weight": "link_stage1_stage2.convs.0.weight",
    },
}
SMALL = {"window_size": [4, 4, 1], "n_head": 2, "norm_mode": "layer", "attention_type": "lin"}


def given(name: str, cell: dict[str, Any] | None = None, **backbone: Any) -> dict[str, Any]:
    """A small configuration of that backbone."""
    sizes = {"num_of_channels": 4, "num_resolution_levels": 3, "num_stages": 3, "block_str": ["T1L1C2"]}
    return config(SMALL | (cell or {}), name=name, **sizes | backbone)


def built(*args: Any, **kwargs: Any) -> al.Backbone:
    return al.build(al.load_snraware(given(*args, **kwargs), "2x2x16x16", compat="snraware").spec)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_of_tensor_has_its_name(name: str) -> None:
    known = children(built(name, num_resolution_levels=2 if name == "unet" else 3).graph)
    assert {theirs: rename(theirs, known) for theirs in NAMES[name]} == NAMES[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_of_a_network_arrives(name: str) -> None:
    net = built(name)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    report = take_over(net, state_of(net))
    assert report.complete
    assert len(report.loaded) == len(before)
    assert all(torch.equal(net.state_dict()[k], v + 1) for k, v in before.items())


@pytest.mark.parametrize("before", ["", "module.", "backbone.", "model.module.bk."])
def test_prefixes_are_seen_through(before: str) -> None:
    net = built("hrnet")
    state = {f"{before}{name}": tensor for name, tensor in state_of(net).items()}
    assert take_over(net, state).complete


def test_a_prefix_that_only_some_names_have_is_none() -> None:
    known = {"B00": "B00", "layers.0": "stage0"}
    assert unprefixed(["B00.x", "m.B00.y", "m.B00.z"], known) == {
        "B00.x": "B00.x",
        "m.B00.y": "B00.y",
        "m.B00.z": "B00.z",
    }
    assert unprefixed(["a.layers.0.x", "a.odd"], known) == {"a.layers.0.x": "layers.0.x", "a.odd": "odd"}
    assert unprefixed(["odd"], known) == {"odd": "odd"}


def test_dead_tensors_are_named_as_such() -> None:
    spec = al.load_snraware(given("soanet", num_stages=2), "2x2x16x16").spec
    net = al.build(spec.with_option(arrangement="parallel"))
    dead = {
        "layers.0.block.cell_1.attn.relative_position_index": torch.zeros(4, 4, dtype=torch.int64),
        "layers.0.block.cell_0.attn.mask": torch.ones(10, 10, dtype=torch.bool),
        "layers.0.block.cell_0.n2.ln.weight": torch.ones(4, 16, 16),
        "downsample.block.D2_0.conv.conv.weight": torch.ones(8, 16, 1, 1),
    }
    report = take_over(net, state_of(net) | dead)
    assert report.complete
    assert report.dead == tuple(sorted(dead))
    assert "4 dead tensors left out" in str(report)


def test_what_does_not_match_is_reported_and_nothing_is_loaded() -> None:
    net = built("unet", num_resolution_levels=1)
    state = state_of(net)
    state["D0.block.cell_0.attn.key.weight"] = torch.ones(1, 2, 3, 3)
    del state["bridge.block.cell_0.attn.key.bias"]
    state["elsewhere.weight"] = torch.ones(1)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    with pytest.raises(al.ArchlabError) as caught:
        take_over(net, state)
    (found,) = caught.value.diagnostics
    assert found.code == "AL607"
    for words in ("bridge.cell_0.attn.key.bias", "elsewhere.weight", "[1, 2, 3, 3] for [4, 2, 3, 3]"):
        assert words in found.message
    assert all(torch.equal(net.state_dict()[k], v) for k, v in before.items())
    report = take_over(net, state, strict=False)
    assert report.missing == ("bridge.cell_0.attn.key.bias",)
    assert report.unexpected == ("elsewhere.weight",)
    assert [name for name, _, _ in report.mismatched] == ["D0.block.cell_0.attn.key.weight"]
    assert len(report.loaded) == len(before) - 2


def test_two_tensors_for_one_place_are_told() -> None:
    net = built("unet", num_resolution_levels=1)
    state = state_of(net)
    twin = {f"x.y.{name}": tensor for name, tensor in list(state.items())[:1]}
    with pytest.raises(al.ArchlabError, match=r"x\.y\."):
        take_over(net, state | twin)


def test_layer_norms_over_all_frames_change_their_order() -> None:
    net = built("soanet", {"norm_mode": "layer3d"}, num_stages=1)
    state = state_of(net)
    name = "layers.0.block.cell_0.n1.ln.weight"
    there = torch.randn(2, 2, 16, 16)  # C, D, H, W; as many channels as frames, so that the order shows
    assert take_over(
        net, {k: v.transpose(0, 1) if v.dim() == 4 and ".ln." in k else v for k, v in state.items()} | {name: there}
    )
    assert torch.equal(net.state_dict()["stage0.cell_0.norm1.weight"], there.transpose(0, 1))


def test_a_whole_denoising_model_brings_stem_and_head(tmp_path: Path) -> None:
    backbone = given("hrnet", {"norm_mode": "instance2d"}, num_resolution_levels=2)
    around = al.load_snraware(backbone, "3x2x16x16", compat="snraware").spec.with_stem("conv", channels=4)
    net = al.build(around.with_head("dense", classes=2, kernel=3).with_link("stem>head", "zero_pad")).eval()
    ends = {"pre.conv.": "stem.conv.", "post.conv.": "head.conv."}
    inner = {f"bk.{name}": tensor for name, tensor in state_of(net).items() if not name.startswith(("pre", "post"))}
    ours = net.state_dict()
    inner |= {f"{a}{leaf}": ours[f"{b}{leaf}"] + 1 for a, b in ends.items() for leaf in ("weight", "bias")}
    torch.save({"model": OrderedDict(inner)}, tmp_path / "model.pth")
    imported = al.load_snraware(backbone, "3x2x16x16", weights=tmp_path / "model.pth")
    assert imported.weights is not None
    assert imported.weights.complete
    assert imported.spec.stem.type == "conv"
    assert imported.net is not None
    x = torch.randn(1, 3, 2, 16, 16)
    take_over(net, inner)
    with torch.no_grad():
        assert imported.net(x).shape == (1, 2, 2, 16, 16)
        assert torch.equal(imported.net(x), net(x))


def test_whole_numbers_are_no_weights() -> None:
    net = built("unet", num_resolution_levels=1)
    state = state_of(net)
    name = "D0.block.cell_0.attn.key.weight"
    report = take_over(net, state | {name: state[name].to(torch.int8)}, strict=False)
    assert report.unexpected == (name,)
    assert report.missing == ("D0.cell_0.attn.key.weight",)
