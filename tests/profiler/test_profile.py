"""A whole profile on the CPU: events, numbers, what is left behind, and how it fails."""

from __future__ import annotations

import json

import msgspec
import pytest
import torch

import archlab as al
from archlab.profiler import (
    Event,
    NodeMeasured,
    Profile,
    ProfileError,
    ProfileFailed,
    ProfileFinished,
    ProfileStarted,
    Progress,
    profile,
    profile_events,
)
from archlab.text import numbers

SPEC = al.unet(levels=1, channels=4, cells="L1C2", input="3x16x16", heads=4, window=(1, 8, 8), name="<b>tiny</b>")


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(profile_events(SPEC, "cpu", 2, min_seconds=0.02))


@pytest.fixture(scope="module")
def taken(events: list[Event]) -> Profile:
    assert isinstance(events[-1], ProfileFinished), events[-1]
    return events[-1].profile


def test_events_come_in_order(events: list[Event]) -> None:
    started = events[0]
    assert isinstance(started, ProfileStarted)
    assert (started.device, started.batch) == ("cpu", 2)
    progress = [e for e in events if isinstance(e, Progress)]
    assert tuple(e.stage for e in progress) == started.stages
    assert [e.done for e in progress] == list(range(len(started.stages)))
    assert [type(e) for e in events].count(ProfileFinished) == 1


def test_every_event_is_tagged_json(events: list[Event]) -> None:
    plain = [json.loads(msgspec.json.encode(e)) for e in events]
    assert [e["type"] for e in plain] == [e.type for e in events]
    assert {e["type"] for e in plain} == {"profile_started", "progress", "node_measured", "profile_finished"}


def test_every_node_and_link_is_measured(events: list[Event], taken: Profile) -> None:
    graph = al.build(SPEC).graph
    measured = {(e.kind, e.id) for e in events if isinstance(e, NodeMeasured)}
    expected = {("node", n.id) for n in graph.nodes if n.kind != "input"} | {("link", k.id) for k in graph.links}
    assert measured == expected
    assert {n.id for n in taken.nodes} | {k.id for k in taken.links} == {id for _, id in expected}
    assert all(0 < part.p50_ms <= part.p95_ms for part in (*taken.nodes, *taken.links))


def test_the_numbers_hang_together(taken: Profile) -> None:
    latency = taken.latency
    assert 0 < latency.min_ms <= latency.p50_ms <= latency.p95_ms
    assert latency.n >= 3
    assert taken.throughput == pytest.approx(1000 * 2 / latency.p50_ms)
    assert taken.device_name
    assert taken.environment["torch"] == torch.__version__
    assert (taken.dtype, taken.batch, taken.input) == ("float32", 2, (3, 16, 16))
    assert taken.threads == torch.get_num_threads()


def test_to_dict_is_json_and_complete(taken: Profile) -> None:
    plain = json.loads(json.dumps(taken.to_dict()))
    assert plain["latency"]["p50_ms"] == taken.latency.p50_ms
    assert plain["peak_memory_bytes"] == taken.peak_memory_bytes
    assert {row["tool"] for row in plain["cross_check"]} >= {"archlab estimate", "torchinfo", "fvcore"}


def test_html_shows_it_and_escapes_names(taken: Profile) -> None:
    page = taken._repr_html_()
    assert "<b>tiny" not in page
    assert "&lt;b&gt;tiny&lt;/b&gt;" in page
    assert numbers.duration(taken.latency.p50_ms) in page
    assert all(part.id.replace(">", "&gt;") in page for part in (*taken.nodes, *taken.links))


def test_what_is_missing_is_called_not_measured(taken: Profile) -> None:
    page = msgspec.structs.replace(taken, memory=None)._repr_html_()
    assert "not measured" in page
    assert msgspec.structs.replace(taken, memory=None).to_dict()["peak_memory_bytes"] is None


def test_a_backbone_is_left_as_it_was() -> None:
    net = al.build(SPEC.with_option(norm="batch2d"))
    net.D0.eval()
    modes = [m.training for m in net.modules()]
    before = {k: v.clone() for k, v in net.state_dict().items()}
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    profile(net, "cpu", min_seconds=0.01)
    assert torch.equal(torch.rand(1), expected), "the generator was moved"
    assert [m.training for m in net.modules()] == modes
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    net.train()(torch.randn(2, 3, 16, 16))[0].sum().backward()
    assert all(p.grad is not None for p in net.parameters()), "it still trains after inference mode"


def test_another_input_size() -> None:
    taken = profile(SPEC, "cpu", input="3x32x32", min_seconds=0.01)
    assert taken.input == (3, 32, 32)
    assert taken.cross_check[0].macs == taken.cross_check[1].macs == al.estimate(SPEC.with_input("3x32x32")).macs


class StopAfter:
    """Says stop once it was asked `n` times."""

    def __init__(self, n: int) -> None:
        self.left = n

    @property
    def stopping(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("asked", [0, 1, 25])
def test_a_control_stops_it_between_runs(asked: int) -> None:
    *_, last = profile_events(SPEC, "cpu", min_seconds=0.02, control=StopAfter(asked))
    assert isinstance(last, ProfileFailed)
    assert last.reason == "stopped"


def test_the_trainers_control_fits() -> None:
    control = al.Control()
    run = profile_events(SPEC, "cpu", min_seconds=0.02, control=control)
    assert isinstance(next(run), ProfileStarted)
    control.stop()
    assert [e.type for e in run][-1] == "profile_failed"


def failing(error: Exception) -> al.Backbone:
    net = al.build(SPEC)

    def fail(*_: object) -> None:
        raise error

    net.bridge.register_forward_hook(fail)
    return net


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"),
        MemoryError(),
    ],
)
def test_running_out_of_memory_is_an_event(error: Exception) -> None:
    *_, last = profile_events(failing(error), "cpu", 64, min_seconds=0.01)
    assert isinstance(last, ProfileFailed)
    assert (last.reason, last.stage) == ("oom", "latency")
    assert "Out of memory at batch 64. Use a smaller batch or input." in last.message


def test_any_other_failure_is_an_event_too_and_profile_raises_it() -> None:
    with pytest.raises(ProfileError, match="ended at latency: broken hook") as caught:
        profile(failing(RuntimeError("broken hook")), "cpu", min_seconds=0.01)
    assert caught.value.event.reason == "error"


def test_a_training_step_that_fails_is_a_note_and_not_measured() -> None:
    net = al.build(SPEC)

    def only_inference(*_: object) -> None:
        if torch.is_grad_enabled():
            raise RuntimeError("no gradients here")

    net.bridge.register_forward_hook(only_inference)
    taken = profile(net, "cpu", min_seconds=0.01)
    assert taken.memory is not None
    assert taken.memory.training_bytes is None
    assert taken.memory.inference_bytes is not None
    assert "A training step of this batch fails: no gradients here" in taken.notes


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"device": "cuda:99"}, 'device "cuda:99" is not usable here'),
        ({"device": "abacus"}, 'device "abacus" is not usable here'),
        ({"device": "cpu", "batch": 0}, "at least 1 sample; got 0"),
        ({"device": "cpu", "input": "3x17x16"}, "3x17x16|17x16"),
    ],
)
def test_wrong_arguments_are_explained(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(ProfileError, match=sentence):
        profile(SPEC, min_seconds=0.01, **arguments)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ProfileError, match="takes a document or a built backbone; got str"):
        profile("hrnet", "cpu")  # type: ignore[arg-type]
    with torch.device("meta"):
        ghost = al.build(SPEC)
    with pytest.raises(ProfileError, match="meta device and has no weights"):
        profile(ghost, "cpu")
