"""The classical U-Net: wiring, numbers as published, outputs and gradients as those of references."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import archlab as al
from archlab.document.writing import dumps
from archlab.graph import expand
from archlab.parts import catalog

RECORDED = Path(__file__).parents[1] / "golden" / "numerics" / "unet-1.npz"


def net_of(channels: int | list[int], levels: int, size: str, **fields: Any) -> al.Spec:
    return al.unet_classic(channels=channels, levels=levels, cells="N2N2", input=f"3x{size}", **fields)


def test_wiring() -> None:
    graph = expand(net_of(8, 3, "32x48", gate=True), catalog.default()).graph
    assert graph is not None
    found = {n.id: (n.level, n.stage, n.x.channels, n.out.channels, n.out.size) for n in graph.nodes if n.x and n.out}
    assert found == {
        "input": (0, -1, 3, 3, (32, 48)),
        "D0": (0, 0, 3, 8, (32, 48)),
        "D1": (1, 1, 8, 16, (16, 24)),
        "D2": (2, 2, 16, 32, (8, 12)),
        "bridge": (3, 3, 32, 64, (4, 6)),
        "U2": (2, 4, 64, 32, (8, 12)),
        "U1": (1, 5, 32, 16, (16, 24)),
        "U0": (0, 6, 16, 8, (32, 48)),
    }
    assert {k.id: (k.kind, k.steps, k.channels, k.query) for k in graph.links if k.target != "D0"} == {
        "D0>D1": ("maxpool", 1, 8, ""),
        "D1>D2": ("maxpool", 1, 16, ""),
        "D2>bridge": ("maxpool", 1, 32, ""),
        "D2>U2": ("gate", 0, 32, "bridge>U2"),
        "bridge>U2": ("transposed", -1, 32, ""),
        "D1>U1": ("gate", 0, 16, "U2>U1"),
        "U2>U1": ("transposed", -1, 16, ""),
        "D0>U0": ("gate", 0, 8, "U1>U0"),
        "U1>U0": ("transposed", -1, 8, ""),
    }
    assert graph.node("U1").inputs == ("D1>U1", "U2>U1")  # the skip first
    assert graph.outputs == ("U0",)


def test_a_width_of_its_own_for_the_bridge() -> None:
    spec = net_of([8, 12, 16, 20], 3, "16x16")
    assert not al.check(spec)
    graph = expand(spec, catalog.default()).graph
    assert graph is not None
    assert graph.node("bridge").channels == 20
    (surplus,) = al.check(net_of([8, 12, 16, 20, 24], 3, "16x16"))
    assert (surplus.code, surplus.severity) == ("AL033", "warning")


class Double(nn.Module):
    """Two convolutions of a block."""

    def __init__(self, source: int, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(source, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class Twin(nn.Module):
    """The classical U-Net in plain torch, as a loop over levels."""

    def __init__(self, widths: list[int], classes: int) -> None:
        super().__init__()
        finer = list(pairwise(widths))
        self.down = nn.ModuleList(Double(a, b) for a, b in pairwise([3, *widths]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in finer)
        self.dec = nn.ModuleList(Double(2 * a, a) for a, _ in finer)
        self.head = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        """All maps on the way down, then all on the way up, then the scores."""
        maps: list[Tensor] = []
        for level, block in enumerate(self.down):
            maps.append(block(nn.functional.max_pool2d(x, 2) if level else x))
            x = maps[-1]
        for level in reversed(range(len(self.up))):
            x = self.dec[level](torch.cat([maps[level], self.up[level](x)], 1))
            maps.append(x)
        return [*maps, self.head(x)]


def ours_of(name: str, levels: int) -> str:
    """The name that a parameter or statistic of the reference has here."""
    part, *rest = name.split(".")
    if part == "head":
        return f"head.conv.{rest[0]}"
    level = int(rest[0])
    if part == "up":
        source = "bridge" if level == levels - 1 else f"U{level + 1}"
        return f"link_{source}_U{level}.convs.0.{rest[1]}"
    block = f"U{level}" if part == "dec" else "bridge" if level == levels else f"D{level}"
    kind = {"conv": "conv", "bn": "norm"}[rest[1][:-1]]
    return f"{block}.cell_{int(rest[1][-1]) - 1}.{kind}.{rest[2]}"


def loaded(spec: al.Spec, weights: dict[str, Tensor], levels: int) -> nn.Module:
    """The network with the weights of a reference, of their type."""
    net = al.build(spec).to(next(iter(weights.values())).dtype)
    net.load_state_dict({ours_of(name, levels): value for name, value in weights.items()}, strict=True)
    return net


def run(net: nn.Module, x: Tensor, *blocks: str) -> list[Tensor]:
    """What leaves some blocks, then what the net gives."""
    seen: dict[str, Tensor] = {}
    hooks = [
        getattr(net, name).register_forward_hook(lambda _, __, out, name=name: seen.update({name: out}))
        for name in blocks
    ]
    out = net(x)
    for hook in hooks:
        hook.remove()
    return [*(seen[name] for name in blocks), out]


def error(found: Tensor, expected: Tensor) -> float:
    """The largest difference, as a share of the largest number."""
    assert found.shape == expected.shape
    return float((found.detach() - expected).abs().max() / expected.abs().max())


def test_outputs_and_gradients_of_the_recorded_reference() -> None:
    arrays = {key: value for key, value in np.load(RECORDED).items() if key != "config"}
    given = {key: torch.from_numpy(value) for key, value in arrays.items()}
    spec = net_of([6, 12, 16, 24], 3, "32x48").with_head("dense", classes=4)
    net = loaded(spec, {key[2:]: value for key, value in given.items() if key.startswith("w/")}, 3).eval()
    x = given["x"].requires_grad_()
    ys = run(net, x, "D2", "bridge", "U1", "U0")
    for k, y in enumerate(ys):
        assert error(y, given[f"y{k}"]) < 3e-6, k
    loss = torch.zeros(())
    for k, y in enumerate(ys):
        places = np.arange(y.numel(), dtype=np.int64)
        factors = ((7919 * places + 104729 * (k + 1)) % 257 - 128) / 64
        loss = loss + (y * torch.from_numpy(factors.astype(np.float32)).view(y.shape)).sum()
    (grad,) = torch.autograd.grad(loss, x)
    assert error(grad, given["grad_x"]) < 1e-5


def test_every_map_of_a_plain_twin() -> None:
    """In training and evaluation, statistics included."""
    torch.manual_seed(0)
    twin = Twin([4, 6, 10], 3).double()
    for module in twin.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                assert values is not None
                values.uniform_(0.5, 1.5)
    spec = net_of([4, 6, 10], 2, "12x20").with_head("dense", classes=3)
    net = loaded(spec, twin.state_dict(), 2)
    x = torch.randn(2, 3, 12, 20, dtype=torch.float64)
    for training in (True, False):
        ours = run(net.train(training), x, "D0", "D1", "bridge", "U1", "U0")
        for mine, other in zip(ours, twin.train(training)(x), strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-9)
    state = net.state_dict()
    for name, value in twin.state_dict().items():
        torch.testing.assert_close(state[ours_of(name, 2)], value, rtol=1e-9, atol=1e-9)


def test_counts_of_the_published_net() -> None:
    """As measured on a plain U-Net of these widths: 31,037,698 parameters, 73,762,734,080 FLOPs at 224x224."""
    estimate = al.estimate(al.template("unet-classic"))
    assert estimate.params == 31_037_698
    assert estimate.macs is not None
    assert 2 * estimate.macs == 73_762_734_080
    shares: dict[str, list[int]] = {}
    for row in (*estimate.nodes, *estimate.links):
        share = shares.setdefault("up" if ">" in row.id else row.id.rstrip("0123"), [0, 0])
        share[0] += row.params or 0
        share[1] += 2 * (row.macs or 0)
    assert {name: share for name, share in shares.items() if share[0]} == {
        "D": [4_687_296, 20_519_976_960],
        "bridge": [14_159_872, 5_549_064_192],
        "up": [2_786_240, 3_288_334_336],
        "U": [9_404_160, 44_392_513_536],
        "head": [130, 12_845_056],
    }


@pytest.mark.parametrize("gate", [False, True])
def test_gates_weight_the_skips(gate: bool) -> None:
    spec = net_of(4, 2, "8x8", gate=gate)
    net = al.build(spec).eval()
    assert [name for name, _ in net.named_parameters() if "gate_proj" in name] == (
        ["link_D1_U1.gate_proj.weight", "link_D0_U0.gate_proj.weight"] if gate else []
    )
    if gate:
        with torch.no_grad():
            net.link_D0_U0.gate_proj.weight.fill_(0.0)  # sigmoid(0): half of the skip passes
        merged: list[Tensor] = []
        net.U0.register_forward_pre_hook(lambda _, args: merged.append(args[0]))
        d0, _ = run(net, torch.randn(1, 3, 8, 8), "D0")
        torch.testing.assert_close(merged[0][:, :4], d0 / 2)


def test_odd_sizes_are_refused_with_the_nearest() -> None:
    (found,) = al.check(net_of(4, 4, "240x250"))
    assert found.code == "AL100"
    assert found.message == "240x250 cannot be halved 4 times: H and W must be multiples of 16."
    assert found.hint == "Use an input of 240x240 or 240x256."
    for size in ("240x240", "240x256"):
        assert not al.check(net_of(4, 4, size))


def test_other_kinds_of_links_and_other_cells() -> None:
    spec = al.unet_classic(levels=2, channels=8, cells="C2", input="2x4x16x16", down="patch_merge", up="interp_conv3")
    assert not al.check(spec)
    (out,) = al.build(spec)(torch.randn(1, 2, 4, 16, 16))
    assert out.shape == (1, 8, 4, 16, 16)
    deep = al.unet_classic(levels=2, channels=8, cells="C3", input="2x8x16x16")
    deep = deep.with_link_options("maxpool", dims=3).with_link_options("transposed", dims=3)
    assert not al.check(deep)
    (out,) = al.build(deep)(torch.randn(1, 2, 8, 16, 16))
    assert out.shape == (1, 8, 8, 16, 16)


def test_a_document_comes_back_as_it_was() -> None:
    spec = net_of([6, 12, 16, 24], 3, "32x48", gate=True).with_head("dense", classes=4)
    spec = spec.with_block("D1", ["N2", {"code": "N2", "kernel": 5, "padding": "mirror"}])
    spec = spec.with_link_options("transposed", bias=False)
    assert al.parse(dumps(spec)) == spec
    assert not al.check(spec)
