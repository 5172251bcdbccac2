"""Captures of a real net: thumbnails, shares, and that looking changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from archlab import hrnet, unet, vit
from archlab.compiler import build
from archlab.trainer.probes.capture import Prober, Probes
from archlab.trainer.probes.features import FeatureProbe
from archlab.trainer.probes.health import first_non_finite


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return build(hrnet(levels=3, channels=4, cells="C2", input="1x16x16"))


@pytest.fixture(scope="module")
def images():
    return torch.randn(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))


def test_every_fusion_has_shares_that_sum_to_one(net, images):
    captured = Prober(net, images, Probes()).capture(7)
    fusions = {n.id: n.inputs for n in net.graph.nodes if len(n.inputs) > 1}
    assert {s.node: tuple(k.id for k in s.links) for s in captured.shares} == fusions
    for node in captured.shares:
        assert sum(k.share for k in node.links) == pytest.approx(1, abs=1e-5), node
        assert node.view == ("energy" if net.graph.node(node.node).merge.type == "concat" else "signal")
    assert captured.step == 7


def test_shares_follow_the_definition(net, images):
    """Recomputed from the link outputs: sum <t~, s~> / sum ||s~||^2."""
    seen = {}

    class Watch:
        def node(self, id, inputs, merged, out):
            seen[id] = (dict(inputs), merged)

        def link(self, id, x, out):
            pass

    net.eval()
    with torch.no_grad():
        net.run(images, observer=Watch())
    (node,) = (s for s in Prober(net, images, Probes()).capture(0).shares if s.node == "F1")
    inputs, merged = seen["F1"]

    def centred(x):
        return (x - x.mean(dim=(0, 2, 3), keepdim=True)).double()

    s = centred(merged)
    for link in node.links:
        expected = float((centred(inputs[link.id]) * s).sum() / s.square().sum())
        assert link.share == pytest.approx(expected, abs=1e-5)


def test_a_link_of_zeros_has_share_zero(images):
    net = build(hrnet(levels=2, channels=4, cells="C2", input="1x16x16"))
    with torch.no_grad():
        for parameter in net.link_module("B11>F0").parameters():
            parameter.zero_()
    (node,) = (s for s in Prober(net, images, Probes()).capture(0).shares if s.node == "F0")
    assert {k.id: pytest.approx(k.share, abs=1e-6) for k in node.links} == {"B01>F0": 1, "B11>F0": 0}


@pytest.mark.parametrize("mode", [True, False])
def test_looking_changes_nothing(net, images, mode):
    net.train(mode)
    net.node_module("B00").train(not mode)
    modes = [m.training for m in net.modules()]
    state = {name: value.clone() for name, value in net.state_dict().items()}
    generator = torch.get_rng_state()
    prober = Prober(net, images, Probes(mix=True))
    prober.capture(0)
    assert [m.training for m in net.modules()] == modes
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), generator)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in net.modules())
    net.eval()
    with torch.no_grad():
        plain = net(images)
        prober.capture(1)
        again = net(images)
    assert all(torch.equal(a, b) for a, b in zip(plain, again, strict=True))


def test_thumbnails_are_small_and_cover_all_nodes_with_maps(images):
    net = build(hrnet(levels=2, channels=16, cells="C2", input="1x48x40").with_head("classify", classes=3))
    captured = Prober(net, torch.randn(2, 1, 48, 40), Probes()).capture(0)
    shapes = {f.node: f.shape for f in captured.features}
    assert shapes.keys() == {n.id for n in net.graph.nodes if n.kind != "head"}
    assert shapes["input"] == (1, 32, 32)
    assert shapes["B00"] == (8, 32, 32)
    assert shapes["B11"] == (8, 24, 20)
    assert all(len(f.data) == np.prod(f.shape) for f in captured.features)


def test_thumbnail_values_can_be_read_back():
    values = torch.linspace(-2, 5, 8 * 16 * 16).reshape(1, 8, 16, 16)
    probe = FeatureProbe()
    probe.node("B00", {}, values, values)
    (feature,) = probe.result()
    lo, hi = np.percentile(values.numpy(), (1, 99))
    assert (feature.lo, feature.hi) == (pytest.approx(lo, abs=1e-5), pytest.approx(hi, abs=1e-5))
    read = feature.lo + np.frombuffer(feature.data, np.uint8).reshape(8, 16, 16) / 255 * (feature.hi - feature.lo)
    assert np.abs(read - np.clip(values[0].numpy(), lo, hi)).max() <= (hi - lo) / 255 / 2 + 1e-6


def test_an_outlier_does_not_wash_out_a_thumbnail():
    values = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    values[0, 0, 0, 0] = 1e6
    probe = FeatureProbe()
    probe.node("B00", {}, values, values)
    assert probe.result()[0].hi < 1.01


@pytest.mark.parametrize("fill", [0.0, float("nan")])
def test_a_flat_or_broken_map_is_still_a_thumbnail(fill):
    values = torch.full((1, 2, 4, 4), fill)
    probe = FeatureProbe()
    probe.node("B00", {}, values, values)
    assert probe.result()[0].data == bytes(32)


def test_a_map_with_frames_shows_the_middle_one():
    values = torch.arange(5.0).reshape(1, 1, 5, 1, 1).expand(1, 1, 5, 4, 4)
    probe = FeatureProbe()
    probe.node("B00", {}, values, values)
    assert (probe.result()[0].lo, probe.result()[0].shape) == (2.0, (1, 4, 4))


def test_of_a_map_with_extra_tokens_the_grid_is_shown():
    spec = vit(cells="At", input="3x16x24", heads=2).with_stem("patch_embed", patch=4, channels=12, tokens=3)
    net = build(spec.with_head("classify"))
    x = torch.randn(2, 3, 16, 24)
    shown = {f.node: f for f in Prober(net, x, Probes(channels=1)).capture(0).features}
    assert {id: one.shape for id, one in shown.items()} == {
        "input": (1, 16, 24),
        "stem": (1, 4, 6),
        "blocks0": (1, 4, 6),
    }
    with torch.no_grad():
        grid = net.forward_features(x)[0][0, 3:, 0].reshape(4, 6)
    read = np.frombuffer(shown["blocks0"].data, np.uint8).reshape(4, 6)
    assert (read.argmin(), read.argmax()) == (int(grid.argmin()), int(grid.argmax()))


def test_gated_skips_enter_as_the_gate_left_them(images):
    net = build(unet(levels=2, channels=4, cells="C2", input="1x16x16"))
    captured = Prober(net, images, Probes(mix=True)).capture(0)
    (node,) = (s for s in captured.shares if s.node == "U0")
    assert [k.id for k in node.links] == list(net.graph.node("U0").inputs)
    assert node.view == "energy"
    (mix,) = (m for m in captured.mix if m.node == "U0")
    total = np.frombuffer(mix.data, np.uint8).reshape(mix.shape).astype(int).sum(axis=0)
    assert mix.shape == (2, 16, 16)
    assert np.abs(total - 255).max() <= 1


def test_the_first_broken_node_is_named(net, images):
    assert first_non_finite(net, images) == ""
    assert first_non_finite(net, images * float("nan")) == "input"
    broken = build(net.spec)
    with torch.no_grad():
        next(broken.node_module("B11").parameters()).fill_(float("nan"))
    assert first_non_finite(broken, images) == "B11"
