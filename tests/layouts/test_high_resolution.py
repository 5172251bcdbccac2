"""HRNetV2 and HRViT: wired as published, with any cells, and what they say of inputs that do not fit.

Counts of the published sizes stand in `tests/templates`, outputs with the references' weights in `tests/checkpoints`.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

import archlab as al
from archlab.bridge.messages import CheckRequest
from archlab.bridge.session import Session
from archlab.graph import expand
from archlab.graph.model import Graph
from archlab.parts.catalog import default

HRNET = al.hrnetv2(channels=8, first_channels=32, modules=(1, 2), cells=(("K2",), ("R2",)), input="3x32x48")
HRVIT = al.hrvit(channels=8, modules=(1, 1, 1), stripes=(1, 2), cells="H2", input="3x32x48", dim_head=4)


def graph_of(spec: al.Spec) -> Graph:
    graph = expand(spec, default()).graph
    assert graph is not None
    return graph


def sources(spec: al.Spec, node: str) -> list[str]:
    graph = graph_of(spec)
    links = {link.id: link for link in graph.links}
    return [f"{links[id].kind} {links[id].source}" for id in graph.node(node).inputs]


def test_columns_of_w18() -> None:
    """17 columns, 53 nodes and 115 links, as the specification's graph of the same net: here with input and stem."""
    graph = graph_of(al.template("hrnet-w18-backbone"))
    assert (graph.levels, graph.stages) == (4, 17)
    assert len([node for node in graph.nodes if node.kind in ("block", "fusion")]) == 53
    links = [link for link in graph.links if link.source != "input"]
    assert len(links) == 115


def test_columns_of_b1() -> None:
    graph = graph_of(al.template("hrvit-b1-backbone"))
    assert (graph.levels, graph.stages) == (4, 12)
    blocks = [node for node in graph.nodes if node.kind == "block"]
    assert len(blocks) == 17
    last = [sum(not use.fixed for use in node.cells) for node in blocks if node.stage == 11]
    assert last == [1, 1, 2, 2]
    third = graph_of(al.template("hrvit-b2-backbone"))
    assert third.node("B25").channels == 240


def test_a_new_level_is_fed_by_the_last_branch_or_by_all() -> None:
    assert sources(HRNET, "B22") == ["conv_stride F1_1"]
    assert sources(HRVIT, "F2_2") == ["depthwise_down B01", "depthwise_down B11"]


def test_the_first_transition_is_left_out_where_the_channels_stay() -> None:
    same = HRNET.with_layout(first_channels=8).with_cells("R2")
    assert sources(same, "B01") == ["identity B00"]
    assert sources(HRNET, "B01") == ["projection B00"]


def test_other_links_keep_their_own_defaults() -> None:
    other = HRNET.with_layout(down="patch_merge", up="interp_conv1")
    assert al.check(other) == []
    assert sources(other, "F1_1") == ["patch_merge B01", "identity B11"]
    assert al.check(HRVIT.with_layout(down="conv_stride", up="interp_conv3")) == []


@pytest.mark.parametrize(("size", "flops"), [(224, 3_491_841_920), (512, 21_170_716_672)])
def test_b1_counts_where_stripes_are_padded_too(size: int, flops: int) -> None:
    estimate = al.estimate(al.template("hrvit-b1-backbone"), input=f"3x{size}x{size}")
    assert 2 * (estimate.macs or 0) == flops
    shapes = [output.shape for output in estimate.outputs]
    assert shapes == [(1, 32 << level, size >> level + 2, size >> level + 2) for level in range(4)]


@pytest.mark.parametrize(("name", "depth"), [("b1", 22), ("b2", 26), ("b3", 26)])
def test_drop_path_grows_over_the_serial_depth(name: str, depth: int) -> None:
    """Cells at equal position on different branches share a rate, from 0 in the first to the full rate in the last."""
    graph = graph_of(al.template(f"hrvit-{name}-backbone").with_option(drop_path=0.1))
    columns: dict[int, list[list[float]]] = {}
    for node in graph.nodes:
        if node.kind == "block":
            rates = [use.cell.drop_path for use in node.cells if not use.fixed]  # type: ignore[union-attr]
            columns.setdefault(node.stage, []).append(rates)
    expected, start = np.linspace(0, 0.1, depth).tolist(), 0
    for branches in columns.values():
        for rates in branches:
            assert rates == pytest.approx(expected[start : start + len(rates)])
        start += max(map(len, branches))
    assert start == depth


def test_the_attention_is_nothing_at_first() -> None:
    net = al.build(HRVIT).eval()
    for name, module in net.named_modules():
        if name.endswith(".attn"):
            width = module.proj.in_features
            assert torch.equal(module(torch.randn(2, 4, 6, width)), torch.zeros(2, 4, 6, width))


@pytest.mark.parametrize("cells", ["L1G1", "C2", "R2", "T1", "Mx"])
@pytest.mark.parametrize("spec", [HRNET, HRVIT], ids=["hrnetv2", "hrvit"])
def test_any_cells(spec: al.Spec, cells: str) -> None:
    spec = spec.with_cells(cells).with_option(heads=2, window=(1, 4, 4))
    assert not [d for d in al.check(spec) if d.severity == "error"]
    estimate = al.estimate(spec)
    with torch.device("meta"):
        net = al.build(spec)
        outputs = net(torch.empty(2, 3, 32, 48))
    assert [tuple(y.shape[1:]) for y in outputs] == [o.shape[1:] for o in estimate.outputs if o.shape]
    assert sum(p.numel() for p in net.parameters()) == estimate.params


@pytest.mark.parametrize("layout", ["hrnet", "unet", "soanet"])
def test_the_cells_of_hrvit_in_other_layouts(layout: str) -> None:
    spec = al.new(layout, {"channels": 8}, cells="H2", input="1x2x32x32", options={"dim_head": 4, "stripe": 3})
    assert not [d for d in al.check(spec) if d.severity == "error"]
    out = al.build(spec).eval()(torch.randn(1, 1, 2, 32, 32))
    assert all(torch.isfinite(y).all() for y in out)


@pytest.mark.parametrize("name", ["hrnet-w18-backbone", "hrvit-b1-backbone"])
def test_sizes_that_do_not_halve_are_refused_with_the_nearest(name: str) -> None:
    found = [d for d in al.check(al.template(name).with_input("3x240x250")) if d.severity == "error"]
    assert found
    assert "256" in str(found[0])


def test_too_many_numbers_are_told() -> None:
    assert [d.code for d in al.check(HRVIT.with_layout(stripes=(1, 2, 3, 4)))] == ["AL033"]


@pytest.mark.parametrize("spec", [HRNET, HRVIT], ids=["hrnetv2", "hrvit"])
def test_the_editor_can_add_a_stage(spec: al.Spec) -> None:
    view = Session().handle(CheckRequest(id=1, rev=0, spec=spec.to_dict())).value
    grows = view.growth.stage
    assert (grows.field, grows.listed) == ("modules", True)
