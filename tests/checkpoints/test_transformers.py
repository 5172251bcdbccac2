"""Name maps of Swin and ViT: every tensor has its one place, and the weights give the reference's outputs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import archlab as al
from archlab.checkpoints.names import find
from archlab.checkpoints.naming import NameMap
from tests.checkpoints.published import arrays, state

OUTPUTS = {"swin-1": ("y1", "y2", "y3", "y5"), "vit-1": ("y2", "y5"), "vit_registers-1": ("y2", "y5")}
BY_HAND = {
    "swin-1": {
        "stem.conv.weight": "patch_embed.proj.weight",
        "stage1.cell_1.attn.relative_position.table": "layers.1.blocks.1.attn.relative_position_bias_table",
        "stage2.cell_0.mlp.fc2.bias": "layers.2.blocks.0.mlp.fc2.bias",
        "link_stage0_stage1.norms.0.weight": "layers.1.downsample.norm.weight",
        "link_stage1_stage2.convs.0.weight": "layers.2.downsample.reduction.weight",
        "head.norm.bias": "norm.bias",
        "head.linear.weight": "head.fc.weight",
    },
    "vit-1": {
        "stem.class_token": "cls_token",
        "stem.position": "pos_embed",
        "blocks0.cell_2.attn.qkv.weight": "blocks.2.attn.qkv.weight",
        "blocks0.cell_0.attn.output_proj.bias": "blocks.0.attn.proj.bias",
        "head.linear.bias": "head.bias",
    },
    "vit_registers-1": {"stem.register_tokens": "reg_token"},
}


def document(name: str) -> al.Spec:
    """The document of the reduced net."""
    if name == "swin-1":
        body = al.pyramid(
            stages=3,
            channels=8,
            heads=(1, 2, 4),
            cells="S2Sw",
            input="3x64x64",
            window=(1, 4, 4),
            window_sizing="fixed",
        ).with_stem("patch_embed", patch=4, channels=8, norm="channel")
        return body.with_head("classify", classes=7, norm="channel")
    registers = name == "vit_registers-1"
    stem: dict[str, Any] = {"patch": 8, "channels": 24, "norm": "none", "position": "learned"}
    stem |= {"tokens": 3, "class_position": False} if registers else {"tokens": 1}
    body = al.vit(cells="AtAtAt", heads=3, input="3x32x48" if registers else "3x32x32").with_stem("patch_embed", **stem)
    return body.with_head("classify", classes=7, pool="token", norm="channel", norm_eps=1e-6)


def the_map(name: str) -> NameMap:
    """The one of timm's maps that names what the file has."""
    theirs, net = state(name), al.build(document(name))
    candidates = find("timm", document(name).layout.type)
    return max(candidates, key=lambda one: sum(s.names[0] in theirs for s in one.sources(net.state_dict()).values()))


def close(y: Tensor, expected: np.ndarray) -> bool:
    same = y.permute(0, 2, 3, 1) if y.dim() == 4 else y  # timm's maps of Swin are (B, H, W, C)
    return bool(np.abs(same.numpy() - expected).max() <= 3e-6 * np.abs(expected).max())


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_tensor_has_its_one_name_in_either_direction(name: str) -> None:
    ours, theirs = al.build(document(name)).state_dict(), state(name)
    sources = the_map(name).sources(ours)
    assert sources.keys() == ours.keys()
    there = {source.names[0]: here for here, source in sources.items()}
    assert there.keys() == theirs.keys()
    assert len(there) == len(sources)
    assert {here: sources[here].names[0] for here in BY_HAND[name]} == BY_HAND[name]


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_reference_s_weights_give_its_outputs(name: str, tmp_path: Path) -> None:
    torch.save({f"module.{key}": tensor for key, tensor in state(name).items()}, tmp_path / "theirs.pth")
    net = al.build(document(name)).eval()
    assert al.load_weights(net, tmp_path / "theirs.pth", names="timm").complete
    reference = arrays(name)
    x = torch.from_numpy(reference["x"])
    with torch.no_grad():
        found = [*net.forward_features(x), net(x)]
    for y, key in zip(found, OUTPUTS[name], strict=True):
        assert close(y, reference[key]), key


def test_the_authors_names_of_swin_are_read_as_theirs_and_as_timm_s(tmp_path: Path) -> None:
    """There, patch merging ends a stage, and masks and indices are stored."""
    theirs = {
        re.sub(r"^layers\.(\d)\.downsample", lambda stage: f"layers.{int(stage[1]) - 1}.downsample", name): tensor
        for name, tensor in state("swin-1").items()
    }
    theirs = {name.replace("head.fc.", "head."): tensor for name, tensor in theirs.items()}
    index = "layers.0.blocks.0.attn.relative_position_index"
    torch.save({"model": theirs | {index: torch.zeros(16, 16, dtype=torch.int64)}}, tmp_path / "theirs.pth")
    for names in ("swin", "timm"):
        report = al.load_weights(al.build(document("swin-1")), tmp_path / "theirs.pth", names=names)
        assert report.complete
        assert report.dead == (index,)


def test_blocks_are_counted_through_the_groups_of_a_vit(tmp_path: Path) -> None:
    torch.save({f"module.{name}": tensor for name, tensor in state("vit-1").items()}, tmp_path / "theirs.pth")
    net = al.build(document("vit-1").with_layout(groups=2).with_cells(["AtAt", "At"])).eval()
    assert al.load_weights(net, tmp_path / "theirs.pth", names="timm").complete
    reference = arrays("vit-1")
    with torch.no_grad():
        second, third = net.forward_features(torch.from_numpy(reference["x"]))
    assert close(second, reference["y1"])
    assert close(third, reference["y2"])


@pytest.mark.parametrize("name", ["swin-1", "vit-1"])
def test_of_a_file_without_classifier_all_else_is_taken_over(name: str, tmp_path: Path) -> None:
    """What timm writes for `num_classes=0`: the last norm is there."""
    theirs = {key: tensor for key, tensor in state(name).items() if not key.startswith("head.")}
    torch.save(theirs, tmp_path / "theirs.pth")
    net = al.build(document(name))
    before = net.state_dict()["head.linear.weight"].clone()
    report = al.load_weights(net, tmp_path / "theirs.pth", names="timm")
    assert report.complete
    assert report.left_out == ("head.linear.bias", "head.linear.weight")
    assert torch.equal(net.state_dict()["head.linear.weight"], before)
    assert torch.equal(net.state_dict()["head.norm.weight"], theirs["norm.weight"])
    torch.save(theirs | {"head.fc.bias": torch.ones(7), "head.bias": torch.ones(7)}, tmp_path / "half.pth")
    with pytest.raises(al.ArchlabError, match=r"missing in the file: head\.linear\.weight"):
        al.load_weights(net, tmp_path / "half.pth", names="timm")


def test_of_another_width_stem_and_layout_are_named(tmp_path: Path) -> None:
    torch.save(state("swin-1"), tmp_path / "theirs.pth")
    spec = document("swin-1").with_layout(channels=16)
    net = al.build(spec.with_stem("patch_embed", **{**spec.stem.params, "channels": 16}))
    with pytest.raises(al.ArchlabError, match="channels = 8 in the layout and channels = 8 in the stem"):
        al.load_weights(net, tmp_path / "theirs.pth", names="timm")
