"""torch.compile and torch.export take the whole network as one graph."""

from __future__ import annotations

import shutil
import warnings

import pytest
import torch
from torch import Tensor

import archlab as al

SPECS = {
    "hrnet": al.hrnet(levels=2, channels=8, cells="C2", input="3x16x16"),
    "unet": al.unet(levels=1, channels=8, cells="L1", input="2x4x16x16", heads=4, window=(2, 8, 8)),
    "soanet": al.soanet(stages=2, channels=8, cells="G1", input="3x16x16", heads=4, window=(1, 8, 8)).with_head(
        "classify", classes=3
    ),
}


def image(spec: al.Spec) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, spec.input.channels, *spec.input.size, generator=generator)


def as_list(out: list[Tensor] | Tensor) -> list[Tensor]:
    return out if isinstance(out, list) else [out]


def assert_close(ours: list[Tensor] | Tensor, other: list[Tensor] | Tensor) -> None:
    for one, two in zip(as_list(ours), as_list(other), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SPECS)
def test_compiles_as_one_graph(name: str) -> None:
    torch._dynamo.reset()
    spec = SPECS[name]
    net = al.build(spec).eval()
    x = image(spec)
    compiled = torch.compile(net, backend="aot_eager", fullgraph=True)
    assert_close(compiled(x), net(x))


def test_compiles_for_training() -> None:
    torch._dynamo.reset()
    spec = SPECS["hrnet"].with_option(drop_path=0.0).with_block("B11", checkpoint=True)
    net = al.build(spec)
    x = image(spec)

    def gradients(model: torch.nn.Module) -> list[Tensor]:
        net.zero_grad(set_to_none=True)
        sum(y.square().mean() for y in model(x)).backward()
        return [p.grad.clone() for p in net.parameters() if p.grad is not None]

    eager = gradients(net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dynamo's own, about checkpointing
        compiled = gradients(torch.compile(net, backend="aot_eager", fullgraph=True))
    assert len(eager) == sum(1 for _ in net.parameters())
    assert_close(compiled, eager)


@pytest.mark.parametrize("name", SPECS)
def test_exports(name: str) -> None:
    spec = SPECS[name]
    net = al.build(spec).eval()
    x = image(spec)
    exported = torch.export.export(net, (x,))
    assert_close(exported.module()(x), net(x))


@pytest.mark.skipif(shutil.which("c++") is None, reason="inductor needs a C++ compiler")
def test_inductor_smoke() -> None:
    torch._dynamo.reset()
    spec = al.soanet(stages=1, channels=4, cells="C2", input="1x8x8")
    net = al.build(spec).eval()
    x = image(spec)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # inductor's own, about the machine
        assert_close(torch.compile(net, fullgraph=True)(x), net(x))
