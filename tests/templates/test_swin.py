"""The published Swins: counts to the unit, and the reference's weights give the reference's numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import archlab as al
from archlab.document.spec import Spec
from archlab.templates import template, templates

RECORDED = Path(__file__).parents[1] / "golden" / "numerics" / "swin-1.npz"
# Names of timm's SwinTransformer -> ours. Patch merging is there in front of each stage, as here.
RULES = {
    r"patch_embed\.proj\.": "stem.conv.",
    r"patch_embed\.norm\.": "stem.norm.",
    r"layers\.(\d+)\.blocks\.(\d+)\.": r"stage\1.cell_\2.",
    r"relative_position_bias_table": "relative_position.table",
    r"layers\.(\d+)\.downsample\.norm\.": lambda found: f"{_link(found)}.norms.0.",
    r"layers\.(\d+)\.downsample\.reduction\.": lambda found: f"{_link(found)}.convs.0.",
    r"^norm\.": "head.norm.",
    r"^head\.fc\.": "head.linear.",
}


def _link(found: re.Match[str]) -> str:
    stage = int(found[1])
    return f"link_stage{stage - 1}_stage{stage}"


def renamed(weights: dict[str, Tensor], net: torch.nn.Module) -> dict[str, Tensor]:
    """The reference's weights under our names; a linear layer on pixels is a 1x1 convolution in patch merging."""
    shapes = {name: tensor.shape for name, tensor in net.state_dict().items()}
    found = {}
    for name, tensor in weights.items():
        for pattern, to in RULES.items():
            name = re.sub(pattern, to, name)
        found[name] = tensor.view(shapes[name])
    return found


def reduced(args: dict[str, Any]) -> Spec:
    """The document of a reference with these arguments."""
    height, width = args["img_size"]
    side = args["window_size"]
    spec = al.pyramid(
        stages=len(args["depths"]),
        channels=args["embed_dim"],
        heads=args["num_heads"],
        cells=["S2Sw" * (depth // 2) for depth in args["depths"]],
        input=f"3x{height}x{width}",
        window=(side, side),
        window_sizing="fixed",
        ratio=args["mlp_ratio"],
        drop_path=0.1,
    )
    spec = spec.with_stem("patch_embed", patch=args["patch_size"], channels=args["embed_dim"])
    return spec.with_head("classify", classes=args["num_classes"], norm="channel")


def test_numbers_of_the_reference() -> None:
    with np.load(RECORDED) as arrays:
        given = {name: torch.from_numpy(arrays[name]) for name in arrays.files if name != "config"}
        spec = reduced(json.loads(str(arrays["config"]))["args"])
    assert al.check(spec) == []
    net = al.build(spec).eval()
    net.load_state_dict(renamed({k[2:]: v for k, v in given.items() if k.startswith("w/")}, net))
    maps: list[Tensor] = []
    stages = [module for name, module in net.named_children() if re.fullmatch(r"stage\d", name)]
    for module in (net.stem, *stages):
        module.register_forward_hook(lambda module, args, out: maps.append(out.permute(0, 2, 3, 1)))
    net.head.norm.register_forward_hook(lambda module, args, out: maps.append(out))
    x = given["x"].requires_grad_()
    maps.append(net(x))
    loss = torch.zeros(())
    for k, out in enumerate(maps):
        expected = given[f"y{k}"]
        assert out.shape == expected.shape
        assert float((out.detach() - expected).abs().max() / expected.abs().max()) < 3e-6, f"y{k}"
        weights = ((7919 * torch.arange(out.numel()) + 104729 * (k + 1)) % 257 - 128) / 64
        loss = loss + (out * weights.view(out.shape)).sum()
    assert len(maps) == sum(bool(re.fullmatch(r"y\d", name)) for name in given) == 6
    (gradient,) = torch.autograd.grad(loss, x)
    assert float((gradient - given["grad_x"]).abs().max() / given["grad_x"].abs().max()) < 1e-5


@pytest.mark.parametrize(
    ("name", "params", "macs", "published"),
    [
        ("swin-tiny", 28_288_354, 8_981_133_312 // 2, (28, 4.5)),  # FLOPs as counted on the reference
        ("swin-small", 49_606_258, 8_740_875_264, (50, 8.7)),
        ("swin-base", 87_768_224, 15_430_946_816, (88, 15.4)),
    ],
)
def test_counts_of_the_published_sizes(name: str, params: int, macs: int, published: tuple[int, float]) -> None:
    estimate = al.estimate(template(name))
    assert (estimate.params, estimate.macs) == (params, macs)
    assert (round(params / 1e6), round(macs / 1e9, 1)) == published
    (said,) = [one.description for one in templates() if one.name == name]
    assert f"{published[0]} M and {published[1]} G as published" in said
    assert f"{params / 1e6:.3f} M and {macs / 1e9:.3f} G here" in said


def test_the_tiny_one_in_parts() -> None:
    """As counted on the reference: patch embedding, stages with their merging, norm, head."""
    estimate = al.estimate(template("swin-tiny"))
    by_id = {node.id: node for node in estimate.nodes}
    inside = [by_id[f"stage{s}"] for s in range(4)] + list(estimate.links)
    assert (by_id["stem"].params, 2 * by_id["stem"].macs) == (4_896, 28_901_376)
    assert sum(part.params for part in inside) == 27_512_922
    assert 2 * sum(part.macs for part in inside) == 8_950_695_936
    assert (by_id["head"].params, 2 * by_id["head"].macs) == (1_536 + 769_000, 1_536_000)


@pytest.mark.parametrize(("name", "rate", "depth"), [("swin-tiny", 0.2, 12), ("swin-base", 0.5, 24)])
def test_drop_path_grows_to_the_published_rate(name: str, rate: float, depth: int) -> None:
    with torch.device("meta"):
        net = al.build(template(name))
    rates = [module.drop_path for module in net.modules() if hasattr(module, "attn")]
    assert rates == pytest.approx([rate * place / (depth - 1) for place in range(depth)])


def test_windows_of_the_last_stage_are_not_moved() -> None:
    """Its map is a single window; the stages before have several along both axes."""
    moved = [row.text for row in al.estimate(template("swin-tiny")).plan if "moved by 3x3" in row.text]
    assert [text.split(":")[0] for text in moved] == ["map 56x56", "map 28x28", "map 14x14"]


def test_the_small_one_runs_and_learns() -> None:
    net = al.build(template("swin-mini"))
    scores = net(torch.randn(2, 1, 32, 32))
    assert scores.shape == (2, 10)
    scores.square().sum().backward()
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in net.parameters())
