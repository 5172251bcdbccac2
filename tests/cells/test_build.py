"""Every built-in cell under the ways torch is used: compile, export, meta, channels last, half precision, double."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
import torch
from torch import Tensor

from archlab.cells.convolution.cells import Convolution
from archlab.cells.temporal.cells import TemporalAttention
from archlab.cells.windows.cells import GlobalAttention, LocalAttention
from archlab.document.feature_map import FeatureMap
from archlab.parts.cell import Cell

FLAT = FeatureMap(channels=4, size=(8, 12), stride=(2, 2))
DEEP = FeatureMap(channels=4, size=(3, 8, 12), stride=(2, 2))
WINDOWS: dict[str, Any] = {"window": (1, 4, 6), "patch": (1, 2, 3), "heads": 4, "drop_path": 0.0}
CELLS: dict[str, Cell] = {
    "C2": Convolution(drop_path=0.0),
    "C2 parallel layer3d": Convolution(arrangement="parallel", norm="layer3d", activation="gelu", drop_path=0.0),
    "T1": TemporalAttention(heads=4, drop_path=0.0),
    "T0 dot instance3d": TemporalAttention(heads=2, mixer="none", score="dot", norm="instance3d", drop_path=0.0),
    "L1": LocalAttention(**WINDOWS),
    "L1 linear": LocalAttention(projection="linear", mixer="linear", norm="layer", **WINDOWS),
    "G1": GlobalAttention(**WINDOWS),
    "G0 dot": GlobalAttention(mixer="none", score="dot", norm="batch2d", relative_position=False, **WINDOWS),
}
both = pytest.mark.parametrize("x", [FLAT, DEEP], ids=str)
every = pytest.mark.parametrize("name", list(CELLS))


def errors(cell: Cell, x: FeatureMap, width: int) -> list[Any]:
    return [p for p in cell.problems(x, width) if p.severity == "error"]


@every
@both
@pytest.mark.parametrize("width", [4, 8])
def test_shape_and_stride_are_as_announced(name: str, x: FeatureMap, width: int) -> None:
    cell = CELLS[name]
    assert errors(cell, x, width) == []
    out = cell.out(x, width)
    assert (out.channels, out.size, out.stride) == (width, x.size, x.stride)
    assert cell.build(x, width)(torch.randn(x.shape(2))).shape == out.shape(2)


@every
def test_four_axes_are_five_with_depth_one(name: str) -> None:
    single = msgspec.structs.replace(FLAT, size=(1, *FLAT.size))
    torch.manual_seed(1)
    net = CELLS[name].build(FLAT, 8).eval()
    torch.manual_seed(1)
    deep = CELLS[name].build(single, 8).eval()
    x = torch.randn(FLAT.shape(2))
    torch.testing.assert_close(net(x), deep(x.unsqueeze(2)).squeeze(2))


@every
@both
def test_same_seed_same_result_and_weights_travel(name: str, x: FeatureMap) -> None:
    def make(seed: int) -> Any:
        torch.manual_seed(seed)
        return CELLS[name].build(x, 8).eval()

    first, again, other = make(0), make(0), make(1)
    data = torch.randn(x.shape(2))
    assert torch.equal(first(data), again(data))
    assert not torch.equal(first(data), other(data))
    other.load_state_dict(first.state_dict())
    assert torch.equal(first(data), other(data))


@every
@both
def test_meta(name: str, x: FeatureMap) -> None:
    with torch.device("meta"):
        net = CELLS[name].build(x, 8)
        y = net(torch.empty(x.shape(2)))
    assert y.is_meta
    assert y.shape == CELLS[name].out(x, 8).shape(2)
    assert all(t.is_meta for t in net.state_dict().values())


@every
def test_channels_last(name: str) -> None:
    net = CELLS[name].build(FLAT, 8).eval()
    x = torch.randn(FLAT.shape(2))
    expected = net(x)
    net = net.to(memory_format=torch.channels_last)
    torch.testing.assert_close(net(x.to(memory_format=torch.channels_last)), expected, atol=1e-5, rtol=1e-5)


@every
@both
def test_bfloat16_autocast(name: str, x: FeatureMap) -> None:
    net = CELLS[name].build(x, 8).train()
    data = torch.randn(x.shape(2), requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = net(data)
    y.float().square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    torch.testing.assert_close(y.float(), net(data), atol=0.15, rtol=0.1)


@every
@both
def test_double_and_bfloat16_modules(name: str, x: FeatureMap) -> None:
    for dtype in (torch.float64, torch.bfloat16):
        net = CELLS[name].build(x, 8).to(dtype)
        assert net(torch.randn(x.shape(2), dtype=dtype)).dtype == dtype


@every
def test_compiles_for_training(name: str) -> None:
    torch._dynamo.reset()
    x = FLAT if name in ("C2", "L1") else DEEP
    net = CELLS[name].build(x, 8).train()
    data = torch.randn(x.shape(2))
    compiled = torch.compile(net, backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(data), net(data))
    gradients = [torch.autograd.grad(f(data).square().sum(), list(net.parameters())) for f in (net, compiled)]
    for eager, traced in zip(*gradients, strict=True):
        torch.testing.assert_close(traced, eager, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", [name for name in CELLS if " " in name])
@both
def test_other_settings_are_exported(name: str, x: FeatureMap) -> None:
    """The contract exports every code as it is."""
    net = CELLS[name].build(x, 8).eval()
    data = torch.randn(x.shape(2))
    program = torch.export.export(net, (data,), strict=True)
    torch.testing.assert_close(program.module()(data), net(data))


def test_a_training_cell_with_drop_path_compiles() -> None:
    torch._dynamo.reset()
    net = TemporalAttention(heads=4, drop_path=0.5).build(DEEP, 8).train()
    y: Tensor = torch.compile(net, backend="aot_eager", fullgraph=True)(torch.randn(DEEP.shape(4)))
    y.sum().backward()
    assert net.attn.value.weight.grad is not None


@pytest.mark.parametrize("cls", [Convolution, TemporalAttention, LocalAttention, GlobalAttention])
def test_what_people_read_of_a_cell(cls: type[Cell]) -> None:
    tooltip = (cls.__doc__ or "").splitlines()[0]
    assert 10 < len(tooltip) < 80
    assert tooltip.endswith(".")
    assert cls.family
    assert cls.source
    assert re.fullmatch(r"[MLHVhvlmz0-9 .-]+", cls.icon)
    schema = msgspec.json.schema(cls)
    (fields,) = (d["properties"] for d in schema["$defs"].values())
    for name, field in fields.items():
        assert 20 < len(field["description"]) < 220, name
        assert "default" in field, name
    assert msgspec.convert({}, cls) == cls()
    assert msgspec.json.decode(msgspec.json.encode(cls()), type=cls) == cls()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("norm", "instance4d"),
        ("activation", "swish"),
        ("heads", 0),
        ("drop_path", 1.0),
        ("window", [8]),
        ("mixer", "x"),
    ],
)
def test_fields_out_of_range_are_refused(field: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{field}"):
        msgspec.convert({field: value}, LocalAttention)
