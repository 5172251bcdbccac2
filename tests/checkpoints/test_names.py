"""Name maps: every tensor of a published net has its one place here, and the weights give the reference's outputs."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

import archlab as al
from archlab.checkpoints.names import find, maps
from archlab.checkpoints.naming import Change, NameMap, Rule
from tests.checkpoints.published import NAMES, arrays, document, state

# Names here -> names there, written out by hand for every kind of layer.
BY_HAND = {
    "hrnet-1": {
        "stem.convs.0.weight": "conv1.weight",
        "stem.norms.1.running_var": "bn2.running_var",
        "B00.cell_1.conv3.weight": "layer1.1.conv3.weight",
        "B00.cell_0.shortcut.weight": "layer1.0.downsample.0.weight",
        "B00.cell_0.shortcut_norm.bias": "layer1.0.downsample.1.bias",
        "link_B00_B01.conv.weight": "transition1.0.0.weight",
        "link_B00_B11.norms.0.weight": "transition1.1.0.1.weight",
        "link_F1_1_B22.convs.0.weight": "transition2.2.0.0.weight",
        "B01.cell_1.norm2.num_batches_tracked": "stage2.0.branches.0.1.bn2.num_batches_tracked",
        "B22.cell_0.conv1.weight": "stage3.0.branches.2.0.conv1.weight",
        "B34.cell_0.conv2.weight": "stage4.1.branches.3.0.conv2.weight",
        "link_B14_F0_4.norm.weight": "stage4.1.fuse_layers.0.1.1.weight",
        "link_B03_F3_3.convs.2.weight": "stage4.0.fuse_layers.3.0.2.0.weight",
        "wide2.before_0.norm3.weight": "incre_modules.2.0.bn3.weight",
        "link_total1_total2.convs.0.bias": "downsamp_modules.1.0.bias",
        "link_total3_head.norm.weight": "final_layer.1.weight",
        "head.linear.bias": "classifier.bias",
    },
    "hrvit-1": {
        "stem.convs.1.bias": "stem.conv2.bias",
        "B00.before_0.conv.weight": "features.1.patch_embed.0.proj.0.weight",
        "B23.before_0.norm.weight": "features.7.patch_embed.2.norm.weight",
        "B22.cell_1.attn.qv.weight": "features.5.branches.2.1.attn.to_qkv.weight",
        "B34.cell_0.shortcut.left.bias": "features.9.branches.3.0.des.proj_left.bias",
        "B01.cell_0.ffn.conv5.weight": "features.3.branches.0.0.ffn.conv.conv_5.weight",
        "B34.after_0.norm.bias": "features.9.norm.3.bias",
        "link_B03_F3_4.conv.weight": "features.8.blocks.3.0.2.weight",
        "link_B13_F0_4.conv.weight": "features.8.blocks.0.1.0.weight",
        "link_B13_F0_4.norm.running_mean": "features.8.blocks.0.1.1.running_mean",
        "wide0.before_0.shortcut.weight": "head.incre_modules.0.0.downsample.0.weight",
        "head.linear.weight": "head.classifier.weight",
    },
}


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def net(name: str) -> al.Backbone:
    return al.build(document(name)).eval()


def the_map(name: str) -> NameMap:
    (found,) = find(NAMES[name], document(name).layout.type)
    return found


def test_every_tensor_has_its_one_name_in_either_direction(name: str, net: al.Backbone) -> None:
    ours, theirs = net.state_dict(), state(name)
    sources = the_map(name).sources(ours)
    assert sources.keys() == ours.keys()
    there = {source.names[0]: here for here, source in sources.items()}
    assert there.keys() == theirs.keys()
    assert len(there) == len(sources)
    assert all(ours[here].shape == theirs[one].shape for one, here in there.items())
    assert {here: sources[here].names[0] for here in BY_HAND[name]} == BY_HAND[name]


def test_the_reference_s_weights_give_its_outputs(name: str, net: al.Backbone, tmp_path: Path) -> None:
    torch.save({"state_dict": state(name)}, tmp_path / "theirs.pth")
    report = al.load_weights(net, tmp_path / "theirs.pth", names=NAMES[name])
    assert report.complete
    assert (report.params, report.flops) == (1.0, 1.0)
    assert report.left_out == report.cast == ()
    reference = arrays(name)
    x = torch.from_numpy(reference["x"])
    with torch.no_grad():
        found = [*net.forward_features(x), net(x)]
    last = {"hrnet-1": "y9", "hrvit-1": "y5"}[name]
    for y, key in zip(found, ("y1", "y2", "y3", "y4", last), strict=True):
        assert np.abs(y.numpy() - reference[key]).max() <= 3e-6 * np.abs(reference[key]).max(), key


def test_ids_of_more_than_ten_columns_are_read() -> None:
    """HRNet with 4 + 5 modules in its last stages: `B0_10` and `link_B0_10_F3_10` beside `B09`."""
    spec = document("hrnet-1").with_layout(modules=(1, 4, 5)).with_head(None)
    with torch.device("meta"):
        ours = al.build(spec).state_dict()
    sources = the_map("hrnet-1").sources(ours)
    assert sources.keys() == ours.keys()
    assert sources["B0_10.cell_0.conv1.weight"].names == ("stage4.4.branches.0.0.conv1.weight",)
    assert sources["link_B0_10_F3_10.convs.2.weight"].names == ("stage4.4.fuse_layers.3.0.2.0.weight",)
    assert sources["B09.cell_0.conv1.weight"].names == ("stage4.3.branches.0.0.conv1.weight",)


def test_the_published_net_of_full_size_is_named_whole() -> None:
    """HRNet-W18 as it is published: 1 + 1 + 4 + 3 columns, 4 cells in each block."""
    spec = al.hrnetv2(cells=["K2K2K2K2", "R2R2R2R2"], input="3x64x64").with_stem("conv_stride", padding="zeros")
    with torch.device("meta"):
        ours = al.build(spec.with_head("incremental")).state_dict()
    sources = the_map("hrnet-1").sources(ours)
    assert sources.keys() == ours.keys()
    assert len({source.names for source in sources.values()}) == len(ours)
    modules = {found[0] for source in sources.values() if (found := re.match(r"stage\d\.\d", source.names[0]))}
    assert modules == {"stage2.0", *(f"stage3.{m}" for m in range(4)), *(f"stage4.{m}" for m in range(3))}


def test_every_map_is_of_an_origin_and_a_layout() -> None:
    assert all(one.origins for one in maps())
    assert all(one.rules and one.layouts for one in maps())


def test_rules_split_join_turn_and_reshape() -> None:
    rules = (
        Rule("attn.query", "attn.qkv", Change(part=(0, 3))),
        Rule("attn.value", "attn.qkv", Change(part=(2, 3))),
        Rule("both", ("one", "two")),
        Rule("turned", "matrix", Change(axes=(1, 0))),
        Rule("pointwise", "linear", Change(reshaped=True)),
        Rule("position", "pos_embed"),
        Rule("steps.{i}", "layers.{2*i+1}"),
    )
    found = NameMap(origins=("x",), layouts=("y",), rules=rules).sources(
        [
            "attn.query.weight",
            "attn.value.bias",
            "both.weight",
            "turned.weight",
            "position",
            "steps.3.bias",
            "odd.weight",
        ]
    )
    assert found["attn.query.weight"].names == ("attn.qkv.weight",)
    assert found["attn.value.bias"].change.part == (2, 3)
    assert found["both.weight"].names == ("one.weight", "two.weight")
    assert found["position"].names == ("pos_embed",)
    assert found["steps.3.bias"].names == ("layers.7.bias",)
    assert "odd.weight" not in found
