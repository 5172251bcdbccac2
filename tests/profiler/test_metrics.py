"""Each metric alone, against numbers that are known beforehand."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

import archlab as al
from archlab.profiler import clock as clocks
from archlab.profiler.metrics import counters, latency, memory, parts
from archlab.profiler.result import Latency
from archlab.profiler.target import Target, prepared

CPU = torch.device("cpu")


def no_tick() -> None:
    """Never stops."""


class VirtualClock(clocks.Clock):
    """A clock that only the test moves."""

    now = 0.0

    def mark(self) -> float:
        return VirtualClock.now

    def milliseconds(self, start: float, end: float) -> float:
        return end - start

    def sync(self) -> None: ...


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> type[VirtualClock]:
    VirtualClock.now = 0.0
    for metric in (parts, latency):
        monkeypatch.setattr(metric, "clock", VirtualClock)
    monkeypatch.setattr(clocks.time, "perf_counter", lambda: VirtualClock.now / 1000)
    return VirtualClock


def test_parts_get_the_time_that_they_took(virtual: type[VirtualClock]) -> None:
    net = al.build(al.unet(levels=1, channels=4, cells="C2", input="3x8x8")).eval()
    took = {"D0": 5.0, "bridge": 7.0, "U0": 11.0, "link_D0_bridge": 2.0, "link_bridge_U0": 3.0, "link_D0_U0": 1.0}

    def passes(milliseconds: float):
        def hook(*_: object) -> None:
            virtual.now += milliseconds

        return hook

    for name, milliseconds in took.items():
        getattr(net, name).register_forward_hook(passes(milliseconds))
    target = Target(net, torch.randn(1, 3, 8, 8))
    times = parts.measure(target, 0.1, no_tick)
    assert {n.id: n.p50_ms for n in times.nodes} == {"D0": 5.0, "bridge": 7.0, "U0": 11.0}
    assert {k.id: k.p50_ms for k in times.links} == {
        "input>D0": 0.0,
        "D0>bridge": 2.0,
        "bridge>U0": 3.0,
        "D0>U0": 1.0,
    }
    assert times.whole.p50_ms == 29.0
    assert latency.measure(target, 0.1, no_tick).p50_ms == 29.0


def test_percentiles_and_the_unstable_flag() -> None:
    steady = Latency.of([10.0] * 90 + [12.0] * 10)
    assert (steady.p50_ms, steady.p95_ms, steady.min_ms, steady.iqr_ms, steady.n) == (10.0, 12.0, 10.0, 0.0, 100)
    assert not steady.unstable
    noisy = Latency.of([9.0, 10.0, 11.0, 12.0])
    assert noisy.iqr_ms == pytest.approx(1.5)
    assert noisy.unstable


@pytest.mark.parametrize(
    ("one_run_ms", "expected"),
    [(1.0, 300), (100.0, 12), (700.0, 2)],
    ids=["by time", "until four times the time", "twice at least"],
)
def test_warm_up_by_time_and_count(virtual: type[VirtualClock], one_run_ms: float, expected: int) -> None:
    runs = 0

    def run() -> None:
        nonlocal runs
        runs += 1
        virtual.now += one_run_ms

    one = clocks.warm_up(VirtualClock(CPU), run, 0.5, no_tick)
    assert one == pytest.approx(one_run_ms / 1000)
    assert runs == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(
    ("seconds", "one_run", "runs"), [(0.5, 0.001, 500), (0.5, 0.1, 10), (0.5, 0.4, 5), (0.5, 9.0, 3), (0.5, 0.0, 2000)]
)
def test_number_of_runs_in_a_budget(seconds: float, one_run: float, runs: int) -> None:
    assert clocks.runs_for(seconds, one_run) == runs


def test_cpu_peak_is_replayed_from_the_allocators_events() -> None:
    mebi = 2**20

    def run() -> None:
        first = torch.empty(mebi, dtype=torch.uint8)
        second = torch.empty(2 * mebi, dtype=torch.uint8)
        del first
        third = torch.empty(mebi // 2, dtype=torch.uint8)
        del second, third

    peak, reserved = memory._replayed_peak(run, CPU)
    assert peak == 3 * mebi
    assert reserved is None


def test_a_function_that_allocates_nothing_has_no_peak() -> None:
    assert memory._replayed_peak(lambda: None, CPU) == (0, None)


@pytest.mark.parametrize("cells", ["C2", "T1L1", "G1C2"])
def test_training_peak_lies_in_the_predicted_bracket(cells: str) -> None:
    spec = al.hrnet(levels=2, channels=8, cells=cells, input="3x32x32", heads=4, window=(1, 8, 8))
    with prepared(spec, CPU, 2, None, None) as target:
        measured = memory.measure(target, no_tick)
    weights = 4 * sum(p.numel() for p in target.net.parameters())
    buffers = sum(b.numel() * b.element_size() for b in target.net.buffers())
    assert measured.static_bytes == weights + buffers + 4 * 2 * 3 * 32 * 32
    assert measured.predicted_low is not None
    assert measured.predicted_high is not None
    assert measured.training_bytes is not None
    assert measured.inference_bytes is not None
    # Scratch memory of kernels (convolution, resampling) is in no estimate.
    assert 0.95 * measured.predicted_low < measured.training_bytes < 1.15 * measured.predicted_high
    assert measured.static_bytes < measured.inference_bytes < measured.training_bytes


def test_the_forward_needs_less_than_keeping_every_value() -> None:
    net = al.build(al.hrnet(levels=3, stages=5, channels=8, cells="C2", input="3x32x32")).eval()
    x = torch.randn(1, 3, 32, 32)

    class KeepAll:
        def __init__(self) -> None:
            self.kept: list[Tensor] = []

        def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
            self.kept += [merged, out]

        def link(self, id: str, x: Tensor, out: Tensor) -> None:
            self.kept.append(out)

    with torch.inference_mode():
        net(x)
        freeing, _ = memory._replayed_peak(lambda: net(x), CPU)
        keeping, _ = memory._replayed_peak(lambda: net.run(x, KeepAll()), CPU)
    assert freeing < 0.6 * keeping


SPECS = {
    "convolutions": al.hrnet(levels=2, channels=8, cells="C2", input="3x16x16"),
    "attention": al.hrnet(levels=2, channels=8, cells="T1L1G1", input="3x16x16", heads=4, window=(1, 8, 8)),
    "linear": al.unet(
        levels=1, channels=8, cells="L1", input="2x4x16x16", heads=4, projection="linear", mixer="linear"
    ).with_head("classify", classes=4),
}


@pytest.fixture(scope="module", params=SPECS)
def counted(request: pytest.FixtureRequest) -> tuple[str, dict[str, counters.Count]]:
    with prepared(SPECS[request.param], CPU, 2, None, None) as target:
        rows = counters.measure(target, no_tick)
    return request.param, {row.tool: row for row in rows}


def test_estimate_and_flop_counter_agree_to_the_unit(counted: tuple[str, dict[str, counters.Count]]) -> None:
    _, rows = counted
    estimate, reference = rows["archlab estimate"], rows["FlopCounterMode (meta)"]
    assert (estimate.params, estimate.macs) == (reference.params, reference.macs)
    assert {row.params for row in rows.values()} == {reference.params}


def test_blind_spots_are_found_by_comparing(counted: tuple[str, dict[str, counters.Count]]) -> None:
    name, rows = counted
    reference = rows["FlopCounterMode (meta)"]
    torchinfo, fvcore = rows["torchinfo"], rows["fvcore"]
    assert reference.macs is not None
    assert torchinfo.macs is not None
    assert fvcore.macs is not None
    attends = name != "convolutions"
    assert ("attention's two matrix products" in torchinfo.blind_to) == attends
    assert ("scaled_dot_product_attention" in fvcore.blind_to) == attends
    assert ("Linear on tokens" in torchinfo.blind_to) == (name == "linear")
    assert "Adds" in torchinfo.blind_to
    assert "instance_norm" in fvcore.blind_to
    if not attends:
        assert torchinfo.macs > reference.macs, "it adds biases and activations' weights"
    if name == "linear":
        found = re.search(r"of ([\d\u202f]+) MACs, as if there were one token a sample", torchinfo.blind_to)
        assert found is not None
        missed = int(found.group(1).replace("\u202f", ""))
        assert missed > 0.2 * reference.macs
        assert torchinfo.macs + missed < reference.macs, "attention's two products are missing besides"


def test_a_tool_that_crashes_is_listed_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> counters.Count:
        raise TypeError("sizes became tensors")

    monkeypatch.setitem(counters._TOOLS, "fvcore", crash)
    with prepared(SPECS["convolutions"], CPU, 1, None, None) as target:
        rows = {row.tool: row for row in counters.measure(target, no_tick)}
    assert rows["fvcore"].macs is None
    assert rows["fvcore"].params is None
    assert rows["fvcore"].blind_to == "crashes: TypeError: sizes became tensors"
    assert rows["torchinfo"].macs is not None
