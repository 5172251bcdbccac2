"""HRNetV2 and HRViT as a package from outside writes them: no word about single blocks, every number as published.

`nets/archlab_nets` knows archlab's public names alone. The oracles are plain torch (`reference_hrnet`,
`reference_hrvit`), themselves held against recorded outputs of the published implementations at reduced size.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archlab as al
from archlab.bridge.messages import CheckRequest
from archlab.bridge.session import Session
from archlab.document.reading import read_text
from archlab.graph import expand
from archlab.parts import catalog
from archlab.parts.registry import Registry
from tests.plugin.installed import ROOT, install
from tests.plugin.reference_hrnet import Classifier, Head, HRNet, SideBySide
from tests.plugin.reference_hrvit import HRViT
from tests.plugin.reference_names import theirs

HERE = Path(__file__).parent
NETS = HERE / "nets"
ARRAYS = HERE.parent / "golden" / "numerics"


HRNET: dict[str, Any] = {
    "format": "archlab/1",
    "input": {"channels": 3, "size": [64, 64]},
    "layout": {"type": "nets_hrnetv2", "channels": 4, "entry_channels": 32, "modules": [1, 1, 2]},
    "cells": [["NkNk"], ["NbNb"], ["Nb"]],
    "stem": {"type": "conv_stride", "channels": [8, 64], "padding": "zeros"},
    "head": {"type": "nets_pyramid_scores", "channels": [16, 24, 32, 40], "features": 24, "classes": 7},
}
HRVIT: dict[str, Any] = {
    "format": "archlab/1",
    "input": {"channels": 3, "size": [64, 96]},
    "layout": {
        "type": "nets_hrvit",
        "channels": [8, 16, 32, 48],
        "stripes": [1, 2, 2, 1],
        "ratios": [3, 2, 2, 2],
        "modules": [1, 1, 2, 1],
    },
    "cells": [["Nh"], ["Nh"], ["Nh", "Nh", "NhNh"], ["Nh"]],
    "options": {"dim_head": 8},
    "stem": {"type": "conv_stride", "channels": [6, 12], "padding": "zeros", "bias": True},
    "head": {"type": "nets_pyramid_scores", "channels": [12, 16, 20, 24], "features": 16, "classes": 7},
}
NECK = {**HRNET, "neck": {"type": "nets_side_by_side"}, "head": None}
# Rows and columns that the stripes do not divide, in either direction.
PADDED = {**HRVIT, "layout": {**HRVIT["layout"], "stripes": [1, 3, 3, 2]}}
DOCUMENTS = {"hrnet": HRNET, "hrvit": HRVIT, "neck": NECK, "padded": PADDED}


def hrnet() -> HRNet:
    return HRNet(width=4, stem=8, inner=8, first=2, modules=(1, 1, 2), blocks=((2, 2), (1,) * 3, (1,) * 4))


def hrvit(ws: tuple[int, ...]) -> HRViT:
    every = [8, 16, 32, 48]
    return HRViT(
        stem=12,
        channels=[every[:1], every[:2], every[:3], every[:3], every],
        blocks=[[1], [1, 1], [1, 1, 2], [1, 1, 1], [1, 1, 1, 1]],
        ws=ws,
        dim_head=8,
        ratio=[3, 2, 2, 2],
    )


def reference(name: str) -> nn.Module:
    """Plain torch for a document of `DOCUMENTS`."""
    if name == "neck":
        return SideBySide(hrnet(), 60)
    if name == "hrnet":
        return Classifier(hrnet(), Head([4, 8, 16, 32], [4, 6, 8, 10], 24, 7))
    ws = (1, 2, 2, 1) if name == "hrvit" else (1, 3, 3, 2)
    return Classifier(hrvit(ws), Head([8, 16, 32, 48], [3, 4, 5, 6], 16, 7))


@pytest.fixture(scope="module")
def parts() -> Iterator[Registry]:
    """archlab's own parts and those of the package, in a registry that no other test sees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(NETS))
        registry = copy.copy(catalog.default())
        for shelf in ("codes", "links", "layouts", "stems", "necks", "heads", "merges"):
            setattr(registry, shelf, dict(getattr(registry, shelf)))
        for module in _entry_points():
            for part in catalog.parts_in(__import__(module, fromlist=["parts"])):
                registry.register(part)
        yield registry


def _entry_points() -> list[str]:
    project = tomllib.loads((NETS / "pyproject.toml").read_text())["project"]
    return list(project["entry-points"]["archlab.parts"].values())


def spec(document: dict[str, Any]) -> al.Spec:
    found = read_text(json.dumps(document)).spec
    assert found is not None
    return found


def macs(net: nn.Module, size: list[int]) -> int:
    net = copy.deepcopy(net).eval().to("meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.empty(1, 3, *size, device="meta"))
    return counter.get_total_flops() // 2


def randomised(net: nn.Module) -> nn.Module:
    """Every parameter and every statistic away from where it starts, so that all of them are seen in the outputs."""
    torch.manual_seed(7)
    for name, value in net.state_dict().items():
        if name.endswith("running_var") or (value.dim() == 1 and name.endswith("weight")):
            value.uniform_(0.5, 1.5)
        elif name.endswith(("running_mean", "bias")):
            value.normal_(0, 0.3)
    return net.double().eval()


def carried_over(name: str, source: nn.Module, parts: Registry) -> Any:
    """Our net with the reference's weights; every one of them has its place."""
    net = al.build(spec(DOCUMENTS[name]), parts).double().eval()
    given = source.state_dict()
    names = {key: theirs("hrvit" if name in ("hrvit", "padded") else "hrnet", key) for key in net.state_dict()}
    assert sorted(names.values()) == sorted(given)
    net.load_state_dict({key: given[other] for key, other in names.items()})
    return net


def largest(one: Tensor, other: Tensor) -> float:
    assert one.shape == other.shape
    return float((one - other).abs().max())


def test_the_package_knows_public_names_only() -> None:
    allowed = {"__future__", "archlab", "archlab_nets", "collections", "msgspec", "torch", "typing"}
    for file in NETS.rglob("*.py"):
        tree = ast.parse(file.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
                assert node.module != "archlab", f"{file}: write al.<name>"
            else:
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{file}: {name}"
                assert not name.startswith("archlab."), f"{file}: {name}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "al":
                assert node.attr in al.__all__, f"{file}: al.{node.attr}"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_said_of_single_blocks_or_links(name: str, parts: Registry) -> None:
    document = spec(DOCUMENTS[name])
    assert not {"blocks", "links", "link_options", "code_options", "level_options"} & set(document.to_dict())
    assert al.check(document, parts) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_numbers_are_those_of_the_net_and_of_the_reference(name: str, parts: Registry) -> None:
    document, plain = spec(DOCUMENTS[name]), reference(name)
    estimate = al.estimate(document, registry=parts)
    net = al.build(document, parts)
    size = DOCUMENTS[name]["input"]["size"]
    assert estimate.diagnostics == ()
    assert estimate.params == sum(p.numel() for p in net.parameters()) == sum(p.numel() for p in plain.parameters())
    assert estimate.macs == macs(net, size) == macs(plain, size)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_outputs_are_those_of_the_reference(name: str, parts: Registry) -> None:
    plain = randomised(reference(name))
    net = carried_over(name, plain, parts)
    x = torch.randn(2, 3, *DOCUMENTS[name]["input"]["size"], dtype=torch.float64)
    with torch.no_grad():
        features, by_hand = net.forward_features(x), plain(x) if name == "neck" else plain.body(x)
        assert len(features) == len(by_hand)
        for ours, other in zip(features, by_hand, strict=True):
            assert largest(ours, other) <= 1e-9
        if name != "neck":
            assert largest(net(x), plain(x)) <= 1e-9


@pytest.mark.parametrize("name", ["hrnet", "hrvit"])
def test_outputs_are_those_that_were_recorded(name: str, parts: Registry) -> None:
    """The published implementations at reduced size; float32, so 3e-6 of the largest number."""
    arrays = np.load(ARRAYS / f"{name}-1.npz")
    weights = {key[2:]: torch.from_numpy(arrays[key]) for key in arrays.files if key.startswith("w/")}
    tops = ("incre_modules", "downsamp_modules", "final_layer", "classifier")
    weights = {
        key if key.startswith("head.") else f"head.{key}" if key.startswith(tops) else f"body.{key}": value
        for key, value in weights.items()
    }
    plain = reference(name)
    plain.load_state_dict(weights)
    net = carried_over(name, plain.double().eval(), parts)
    x = torch.from_numpy(arrays["x"]).double()
    with torch.no_grad():
        outputs = [*net.forward_features(x), net(x)]
    recorded = ["y1", "y2", "y3", "y4", "y9" if name == "hrnet" else "y5"]
    for ours, key in zip(outputs, recorded, strict=True):
        expected = torch.from_numpy(arrays[key]).double()
        assert largest(ours, expected) <= 3e-6 * float(expected.abs().max())


FULL_STEM = {"type": "conv_stride", "channels": 64, "padding": "zeros"}
SIZED: dict[str, Any] = {"format": "archlab/1", "input": {"channels": 3, "size": [224, 224]}, "head": None}
HRVIT_STEM = {"type": "conv_stride", "channels": [32, 64], "padding": "zeros", "bias": True}
HEAD = {"type": "nets_pyramid_scores"}


def full_hrnet(channels: int, head: Any = None) -> dict[str, Any]:
    cells = [["NkNkNkNk"], ["NbNbNbNb"]]
    layout = {"type": "nets_hrnetv2", "channels": channels}
    return {**SIZED, "layout": layout, "cells": cells, "stem": FULL_STEM, "head": head}


def full_hrvit(variant: int, head: Any = None) -> dict[str, Any]:
    channels = [[32, 64, 128, 256], [48, 96, 240, 384], [64, 128, 256, 512]][variant - 1]
    ratios = [[4, 4, 4, 4], [2, 3, 3, 3], [2, 2, 2, 2]][variant - 1]
    six, last = "Nh" * 6, "Nh" * (3 if variant == 3 else 2)
    cells = [["Nh"], ["Nh"], ["Nh", "Nh", six], ["Nh", "Nh", six], ["Nh", "Nh", six, last]]
    cells.append(["Nh", "Nh", "NhNh" if variant == 1 else six, last])
    layout = {"type": "nets_hrvit", "channels": channels, "ratios": ratios}
    options = {"dim_head": 24 if variant == 2 else 32, "drop_path": 0.1}
    return {**SIZED, "layout": layout, "cells": cells, "options": options, "stem": HRVIT_STEM, "head": head}


@pytest.mark.parametrize(
    ("document", "params", "flops"),
    [
        (full_hrnet(18), 9_562_260, 6_563_966_304),
        (full_hrnet(18, HEAD), 21_299_004, 8_567_074_144),
        (full_hrnet(48), 65_325_120, 32_432_461_824),
        (full_hrvit(1), 7_758_008, 3_491_841_920),
        (full_hrvit(1, HEAD), 19_685_152, 5_551_146_880),
        (full_hrvit(2), 20_310_944, None),
        (full_hrvit(3), 25_507_960, None),
    ],
    ids=["W18", "W18 with head", "W48", "b1", "b1 with head", "b2", "b3"],
)
def test_published_sizes(document: dict[str, Any], params: int, flops: int | None, parts: Registry) -> None:
    """Counted on timm 1.0.31's HRNet and on HRViT's own code, with torch's FLOP counter."""
    estimate = al.estimate(spec(document), registry=parts)
    assert estimate.diagnostics == ()
    assert estimate.params == params
    assert flops is None or 2 * estimate.macs == flops


@pytest.mark.parametrize(("variant", "depth"), [(1, 22), (2, 26), (3, 26)])
def test_drop_path_grows_over_the_serial_depth(variant: int, depth: int, parts: Registry) -> None:
    """Cells at equal position on different branches share a rate, from 0 in the first to the full rate in the last."""
    graph = expand(spec(full_hrvit(variant)), parts).graph
    assert graph is not None
    columns: dict[int, list[list[float]]] = {}
    for node in graph.nodes:
        if node.kind == "block":
            rates = [use.cell.drop_path for use in node.cells if not use.fixed]  # type: ignore[union-attr]
            columns.setdefault(node.stage, []).append(rates)
    expected = np.linspace(0, 0.1, depth).tolist()
    start = 0
    for branches in columns.values():
        for rates in branches:
            assert rates == pytest.approx(expected[start : start + len(rates)])
        start += max(map(len, branches))
    assert start == depth


def test_every_convolution_of_the_head_is_drawn_and_costed(parts: Registry) -> None:
    estimate = al.estimate(spec(HRNET), registry=parts)
    top = {node.id: node.params for node in estimate.nodes if node.id.startswith(("wide", "total", "scores"))}
    assert list(top) == ["wide0", "total0", "wide1", "total1", "wide2", "total2", "wide3", "total3", "scores"]
    assert all(params for id, params in top.items() if not id.startswith("total"))
    links = {link.id: link.params for link in estimate.links}
    assert links["total0>total1"]
    assert links["total3>scores"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_is_drawn_written_and_checked_for_the_editor(name: str, parts: Registry) -> None:
    document = spec(DOCUMENTS[name])
    assert "B3_4" in al.draw(document, registry=parts).dot
    assert al.draw(document, registry=parts).svg.startswith("<svg")
    assert spec(document.to_dict()) == document
    view = Session(parts).handle(CheckRequest(id=1, rev=0, spec=document.to_dict())).value
    assert view.graph.strides == (4.0, 8.0, 16.0, 32.0)
    grows = view.growth.stage
    assert (
        grows is None
        if name in ("hrvit", "padded")
        else (grows.field, grows.listed, grows.value) == ("modules", True, 3)
    )
    fixed = {cell.code for node in view.graph.nodes for cell in node.cells if cell.fixed}
    assert fixed >= ({"Na"} if name in ("hrnet", "neck") else {"Na", "Ne", "Nn"})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_parameter_learns(name: str, parts: Registry) -> None:
    net = al.build(spec(DOCUMENTS[name]), parts).train()
    before = {key: value.clone() for key, value in net.named_parameters()}
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    out = net(torch.randn(2, 3, *DOCUMENTS[name]["input"]["size"]))
    (out if isinstance(out, Tensor) else out[0]).square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    optimizer.step()
    assert any(not torch.equal(value, before[key]) for key, value in net.named_parameters())


def test_installed_it_is_known_to_the_command_line(tmp_path: Path) -> None:
    """Found by its entry points in a process of its own."""
    install(NETS, tmp_path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    for name in ("hrnet", "hrvit"):
        file = tmp_path / f"{name}.arch.json"
        file.write_text(json.dumps(DOCUMENTS[name]))
        command = [sys.executable, "-m", "archlab.cli", "check", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "error" not in done.stdout.lower()
