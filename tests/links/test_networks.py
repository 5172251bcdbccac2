"""Networks whose links change D, carry cells, or reach the head: built, sized, traced, trained, measured, drawn."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import TensorDataset

import archlab as al
from archlab.bridge.graph_view import graph_view
from archlab.compiler.block import Block
from archlab.graph import expand
from archlab.nn.resample.resize_map import ResizeMap
from archlab.parts.catalog import default
from archlab.trainer.engine import Training
from tests.estimator.test_networks import held_against_the_module

VOLUME = al.hrnet(levels=3, channels=4, cells="C2", input="2x8x16x16")
for kind in ("patch_merge", "interp_conv3"):
    VOLUME = VOLUME.with_link_options(kind, dims=3)
CELLS = al.hrnet(levels=2, channels=4, cells="C2", input="2x2x16x16", up="interp_cells", heads=2, window=[1, 4, 4])
# SNRAware's MRI model in little: the features in front of the backbone are added onto the first of what leaves it.
MRI = al.hrnet(levels=2, channels=4, cells="C2", input="2x2x16x16").with_stem("conv", channels=4)
MRI = MRI.with_head("dense", classes=2, kernel=3).with_link("stem>head", "zero_pad")
UNET = al.unet(levels=2, channels=4, cells="C2", input="2x8x16x16").with_head("dense", classes=2)
for kind in ("patch_merge", "interp_conv3"):
    UNET = UNET.with_link_options(kind, dims=3)
SOANET = al.soanet(stages=3, channels=4, cells="C2", down="conv_stride", input="2x8x16x16").with_head(
    "dense", classes=3
)
SOANET = SOANET.with_link_options("conv_stride", dims=3)
ALL = {"volume": VOLUME, "cells": CELLS, "mri": MRI, "unet": UNET, "soanet": SOANET}
every = pytest.mark.parametrize("spec", ALL.values(), ids=ALL)


@every
@pytest.mark.parametrize("batch", [1, 2])
def test_estimates_are_true(spec: al.Spec, batch: int) -> None:
    held_against_the_module(spec, batch)


@pytest.mark.parametrize("name", ["volume", "cells", "mri"])
def test_torch_takes_them_in_every_way(name: str) -> None:
    spec = ALL[name]
    net = al.build(spec).eval()
    x = torch.randn(spec.input.feature_map().shape())
    expected = net(x)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(net, backend="aot_eager", fullgraph=True)(x), expected)
    torch.testing.assert_close(torch.export.export(net, (x,)).module()(x), expected)


def test_a_link_with_cells_is_its_interpolation_and_a_block() -> None:
    net = al.build(CELLS)
    link = net.link_module("B11>F0")
    assert [type(child) for child in link] == [ResizeMap, Block]
    names = {name.split(".")[1] for name in net.state_dict() if name.startswith("link_B11_F0.")}
    assert names == {"cells"}
    net.load_state_dict(al.build(CELLS).state_dict(), strict=True)
    x = torch.randn(1, 8, 2, 8, 8)
    torch.manual_seed(0)
    whole = link.eval()(x)
    by_hand = torch.nn.functional.interpolate(x.transpose(1, 2)[0], scale_factor=2, mode="bilinear")
    by_hand = by_hand[None].transpose(1, 2)
    for cell in link.cells:
        by_hand = cell(by_hand)
    torch.testing.assert_close(whole, by_hand)


def test_features_in_front_of_the_backbone_are_added_onto_its_first_channels() -> None:
    net = al.build(MRI).eval()
    x = torch.randn(1, 2, 2, 16, 16)
    features = net.forward_features(x)
    merged = features[-1].clone()
    merged[:, :4] += net.stem(x)
    torch.testing.assert_close(net(x), net.head(merged))


def test_depths_from_level_to_level() -> None:
    net = al.build(VOLUME)
    assert [y.shape[2] for y in net(torch.randn(1, 2, 8, 16, 16))] == [8, 4, 2, 8]
    assert al.build(UNET)(torch.randn(1, 2, 8, 16, 16)).shape == (1, 2, 8, 16, 16)
    assert al.build(SOANET).forward_features(torch.randn(1, 2, 8, 16, 16))[-1].shape == (1, 16, 2, 4, 4)
    assert al.build(SOANET)(torch.randn(1, 2, 8, 16, 16)).shape == (1, 3, 8, 16, 16)  # brought to the input's D too


def test_another_depth_is_taken_or_refused_with_one_that_works() -> None:
    net = al.build(VOLUME)
    assert net(torch.randn(1, 2, 4, 16, 16))[-1].shape == (1, 28, 4, 16, 16)
    with pytest.raises(ValueError, match=r"AL305.*An input of 2x(4|8)x16x16 works"):
        net(torch.randn(1, 2, 6, 16, 16))


@every
def test_they_are_trained_and_probed(spec: al.Spec) -> None:
    random = torch.Generator().manual_seed(0)
    size = spec.input.size
    data = TensorDataset(torch.randn(8, 2, *size, generator=random), torch.randint(2, (8, *size), generator=random))
    training = Training(spec, data, steps=1, batch_size=2, device="cpu")
    done = {event.type: event for event in training}
    assert "failed" not in done
    captured = done["captured"]
    assert {n.id for n in training.net.graph.nodes} <= {f.node for f in captured.features}
    for node in captured.shares:
        assert sum(share.share or 0 for share in node.links) == pytest.approx(1, abs=1e-3)


@every
def test_they_are_measured_and_drawn(spec: al.Spec) -> None:
    assert al.profile(spec, device="cpu", min_seconds=0.01).name
    picture = al.draw(spec).svg
    assert (": interp_cells T1L1G1, up 1" in picture) == (spec is CELLS)
    assert (": zero_pad, same level, added by the document" in picture) == (spec is MRI)


def test_what_the_editor_is_told() -> None:
    graph = expand(CELLS, default()).graph
    assert graph is not None
    link = next(k for k in graph_view(graph).links if k.id == "B11>F0")
    assert [(cell.code, cell.shape) for cell in link.cells] == [
        ("T1", (4, 2, 16, 16)),
        ("L1", (4, 2, 16, 16)),
        ("G1", (4, 2, 16, 16)),
    ]
    assert link.values["cells"] == "T1L1G1"
    mri = expand(MRI, default()).graph
    assert mri is not None
    view = graph_view(mri)
    head = next(n for n in view.nodes if n.kind == "head")
    assert (head.merge, head.inputs) == ("sum", ("agg>head", "stem>head"))
    assert {k.id: k.derived for k in view.links}["stem>head"] is False
