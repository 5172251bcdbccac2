"""Shares of a fusion: definitions, and hand-made sums whose shares are known."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archlab.graph.model import Graph, GraphLink, GraphNode
from archlab.parts.merges import concat
from archlab.trainer.probes.fusion import (
    FusionProbe,
    centred,
    conv_readers,
    energy_shares,
    mix_maps,
    signal_shares,
    split,
)


def maps(*shape: int, seed: int = 0) -> torch.Tensor:
    return centred(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)))


def test_signal_shares_sum_to_one():
    parts = [maps(4, 8, 16, 16, seed=s) * (s + 1) for s in range(5)]
    assert float(signal_shares(parts).sum()) == pytest.approx(1, abs=1e-5)


def test_a_silent_part_has_no_share():
    t = maps(2, 3, 8, 8)
    assert signal_shares([t, torch.zeros_like(t)]).tolist() == pytest.approx([1, 0], abs=1e-6)


def test_a_cancelling_part_has_a_negative_share():
    t = maps(2, 3, 8, 8)
    assert signal_shares([t, -t / 2]).tolist() == pytest.approx([2, -1], abs=1e-5)


def test_orthogonal_parts_share_by_energy():
    """<t_1, t_2> = 0: A_j = ||t_j||^2 / (||t_1||^2 + ||t_2||^2)."""
    t = torch.zeros(1, 1, 2, 4)
    u = torch.zeros(1, 1, 2, 4)
    t[..., 0, :] = torch.tensor([3.0, -3.0, 0.0, 0.0])
    u[..., 1, :] = torch.tensor([0.0, 0.0, 1.0, -1.0])
    assert signal_shares([t, u]).tolist() == pytest.approx([0.9, 0.1], abs=1e-6)
    assert energy_shares([t, u]).tolist() == pytest.approx([0.9, 0.1], abs=1e-6)


def test_shares_are_shapley_values():
    """A_j is the mean marginal gain of ||sum||^2 over both orders of two players."""
    t, u = maps(1, 2, 4, 4), maps(1, 2, 4, 4, seed=1)
    both, alone_t, alone_u = ((x.square().sum()) for x in (t + u, t, u))
    shapley = (alone_t + (both - alone_u)) / 2 / both
    assert float(signal_shares([t, u])[0]) == pytest.approx(float(shapley), abs=1e-6)


def test_a_constant_sum_has_no_shares():
    t = maps(2, 3, 8, 8)
    assert signal_shares([t, -t]).isnan().all()
    assert energy_shares([torch.zeros(1, 1, 2, 2)] * 2).isnan().all()


def test_centring_removes_offsets_per_channel():
    t, u = maps(2, 3, 8, 8), maps(2, 3, 8, 8, seed=1)
    offset = torch.tensor([5.0, -7.0, 100.0]).reshape(1, 3, 1, 1)
    moved = signal_shares([centred(t + offset), centred(u - 2 * offset)])
    assert moved.tolist() == pytest.approx(signal_shares([t, u]).tolist(), abs=1e-4)


@pytest.mark.parametrize("shape", [(2, 3, 40, 64), (2, 3, 4, 16, 24)])
def test_mix_sums_to_one_per_pixel_after_pooling(shape):
    mix = mix_maps([maps(*shape, seed=s) for s in range(3)], pixels=16)
    assert mix.shape == (3, 16, 16)
    assert torch.allclose(mix.sum(dim=0), torch.ones(16, 16), atol=1e-5)
    assert float(mix.min()) >= 0


def test_mix_of_silent_pixels_is_zero():
    t = maps(1, 2, 4, 4).clone()
    t[..., 0, 0] = 0
    assert mix_maps([t, t])[:, 0, 0].tolist() == [0, 0]


def test_split_of_a_concatenation_adds_up_to_the_convolution():
    conv = nn.Conv2d(5, 4, 3, padding=1, padding_mode="reflect")
    parts = [torch.randn(2, 2, 8, 8), torch.randn(2, 3, 8, 8)]
    with torch.no_grad():
        whole = conv(torch.cat(parts, dim=1))
        # Every part holds the bias once.
        summed = sum(split(conv, concat.Concat(), parts)) - conv.bias.reshape(1, -1, 1, 1)
    assert torch.allclose(whole, summed, atol=1e-5)


class Concat(nn.Module):
    """input -> two links -> node J = concat, read by `reader`."""

    def __init__(self, reader: nn.Module) -> None:
        super().__init__()
        self.reader = reader
        links = tuple(
            GraphLink(id=f"{a}>J", source=a, target="J", kind="identity", part=None, channels=2, steps=0) for a in "ab"
        )
        node = GraphNode(
            id="J", kind="block", level=0, stage=0, channels=4, merge=concat.Concat(), inputs=tuple(k.id for k in links)
        )
        self.graph = Graph(nodes=(node,), links=links, outputs=("J",), levels=1, stages=1)

    def run(self, x, observer=None):
        inputs = {"a>J": x[:, :2], "b>J": x[:, 2:]}
        merged = torch.cat(list(inputs.values()), dim=1)
        out = self.reader(merged)
        if observer is not None:
            observer.node("J", inputs, merged, out)
        return out


def test_a_lone_convolution_reads_a_concatenation():
    net = Concat(nn.Sequential(nn.Conv2d(4, 3, 1), nn.BatchNorm2d(3)))
    with torch.no_grad():
        net.reader[0].weight[:, 2:] = 0
    x = torch.randn(2, 4, 8, 8)
    probe = FusionProbe(net.graph, conv_readers(net, x))
    with torch.no_grad():
        net.run(x, observer=probe)
    (node,) = probe.shares()
    assert node.view == "signal"
    assert [k.share for k in node.links] == pytest.approx([1, 0], abs=1e-5)


class TwoReaders(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(4, 3, 1), nn.Conv2d(4, 3, 1)

    def forward(self, x):
        return self.one(x) + self.two(x)


@pytest.mark.parametrize("reader", [nn.BatchNorm2d(4), TwoReaders(), nn.Identity()])
def test_other_readers_give_energy_named_so(reader):
    net = Concat(reader).eval()
    x = torch.randn(2, 4, 8, 8)
    x[:, 2:] *= 3
    probe = FusionProbe(net.graph, conv_readers(net, x))
    with torch.no_grad():
        net.run(x, observer=probe)
    (node,) = probe.shares()
    shares = [k.share for k in node.links]
    assert node.view == "energy"
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert shares[1] > 0.8
    assert not any(m._forward_pre_hooks for m in net.modules())
