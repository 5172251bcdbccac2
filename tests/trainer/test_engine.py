"""The loop: what it says, how it is steered, how it fails, and that it leaves nothing behind."""

from __future__ import annotations

import msgspec
import pytest
import torch
from torch.utils.data import TensorDataset

from archlab import hrnet, unet
from archlab.compiler import build
from archlab.document.diagnostics import ArchlabError
from archlab.trainer import Control, Probes, Training, run, train
from archlab.trainer.events import AnyEvent
from tests.trainer.runs import kinds, losses


def test_a_small_hrnet_learns_digits():
    result = run(hrnet(levels=2, channels=8, cells="C2", input="1x8x8"), steps=200, evaluate_every=200)
    assert result.ok
    assert result.metrics["accuracy"] > 0.9
    assert result.history["loss"][-1] < 0.5 < result.history["loss"][0]
    assert result.history["step"] == list(range(1, 201))


def test_a_small_unet_learns_shapes():
    result = run(unet(levels=2, channels=8, cells="C2", input="1x16x16"), "shapes", steps=60, lr=3e-3, probes=False)
    assert result.ok
    untrained = run(unet(levels=2, channels=8, cells="C2", input="1x16x16"), "shapes", steps=1, probes=False)
    assert result.metrics["iou_background"] > 0.8
    assert result.metrics["iou"] > untrained.metrics["iou"] + 0.2


@pytest.mark.parametrize("task", ["digits", "shapes"])
def test_five_dimensional_inputs_train(task):
    spec = hrnet(levels=2, channels=4, cells="T1", input="1x2x8x8", heads=2)
    result = run(spec, task, steps=2, batch_size=4, probes=Probes(mix=True))
    assert result.ok, result.end
    assert "2 frames" in result.started.note
    assert all(len(f.data) == f.shape[0] * f.shape[1] * f.shape[2] for f in result.last.features)


def test_events_come_in_order_and_are_tagged(spec):
    events = list(train(spec, steps=3, evaluate_every=2, batch_size=8))
    without_captures = [e.type for e in events if e.type != "captured"]
    assert without_captures == ["started", "step", "step", "evaluated", "step", "evaluated", "finished"]
    captured = [e.step for e in events if e.type == "captured"]
    assert captured[0] == 0
    assert captured[-1] == 3
    for event in events:
        plain = msgspec.to_builtins(event)
        assert plain["type"] == event.type
        assert msgspec.convert(plain, AnyEvent) == event


def test_started_says_what_is_trained(spec):
    training = train(spec, steps=1, seed=3)
    started = next(training)
    assert 'head: "classify" (classes 10) was added' in started.note
    assert "not generalisation" in started.note
    assert started.params == sum(p.numel() for p in training.net.parameters())
    assert (started.task, started.steps, started.seed, started.metric) == ("digits", 1, 3, "accuracy")
    assert (started.train_size, started.test_size, len(started.classes)) == (1438, 359, 10)
    training.close()


def test_a_head_of_the_document_is_kept(spec):
    training = train(spec.with_head("classify", classes=12), steps=1)
    assert training.net.graph.head.out.channels == 12
    assert "head" not in next(training).note
    training.close()


@pytest.mark.parametrize(
    ("head", "task", "match"),
    [
        (("dense", {"classes": 10}), "digits", r'needs one vector per image.*with_head\("classify", classes=10\)'),
        (("classify", {"classes": 4}), "shapes", r"needs maps of the input's size 1x8x8.*a vector of 4"),
        (("classify", {"classes": 3}), "digits", "has 10 classes; the head gives 3"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(spec, head, task, match):
    type_, fields = head
    with pytest.raises(ArchlabError, match=match):
        train(spec.with_head(type_, **fields), task)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"steps": 0}, ValueError, "steps must be at least 1"),
        ({"batch_size": -1}, ValueError, "batch_size must be at least 1"),
        ({"lr": 0}, ValueError, "finite number above 0"),
        ({"device": "gpu9"}, ValueError, 'no device "gpu9"'),
        ({"task": "digitz"}, ArchlabError, 'Did you mean "digits"'),
        ({"task": 7}, TypeError, "torch Dataset"),
        ({"stepz": 3}, TypeError, 'Did you mean "steps"'),
    ],
)
def test_misuse_raises_at_once(spec, options, error, match):
    with pytest.raises(error, match=match):
        train(spec, **options)


def test_a_document_with_errors_raises_at_once(spec):
    with pytest.raises(ArchlabError) as caught:
        train(spec.with_cells("Zz"))
    assert caught.value.diagnostics
    with pytest.raises(TypeError, match="a Spec or a net"):
        train(torch.nn.Linear(1, 1))


def test_same_seed_same_numbers_with_and_without_probes(spec):
    first = losses(spec, seed=1)
    assert losses(spec, seed=1) == first
    assert losses(spec, seed=1, probes=False) == first
    assert losses(spec, seed=2) != first


def test_evaluating_does_not_change_the_run(spec):
    assert losses(spec, evaluate_every=1) == losses(spec, evaluate_every=100)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_given_net_is_trained_itself_and_put_back_in_order(spec, compiled):
    net = build(spec).eval()
    net.node_module("B00").train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    modes = [m.training for m in net.modules()]
    result = run(torch.compile(net, backend="eager") if compiled else net, steps=2, batch_size=8)
    assert result.ok
    assert [m.training for m in net.modules()] == modes
    assert any(not torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks or m._backward_hooks for m in result.net.modules())
    assert all(p.grad is None for p in result.net.parameters())
    trained = result.net.state_dict()
    assert all(torch.equal(value, trained[name]) for name, value in net.state_dict().items())


def test_one_core_is_left_to_others_while_it_runs(spec, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        training = train(spec, steps=5, batch_size=8)
        next(training)
        assert torch.get_num_threads() == 2
        training.close()
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_frozen_parameters_stay(spec):
    net = build(spec)
    for parameter in net.node_module("B00").parameters():
        parameter.requires_grad_(False)
    before = [p.clone() for p in net.node_module("B00").parameters()]
    training = train(net, steps=2, batch_size=8)
    assert next(training).params == sum(p.numel() for p in training.net.parameters() if p.requires_grad)
    assert kinds(training)[-1] == "finished"
    assert all(torch.equal(a, b) for a, b in zip(before, net.node_module("B00").parameters(), strict=True))


def test_training_works_inside_no_grad(spec):
    with torch.no_grad():
        assert losses(spec) == losses(spec)
        assert not torch.is_grad_enabled()


def test_own_dataset_trains(spec):
    images = torch.zeros(40, 1, 8, 8)
    images[20:, :, :4] = 1.0
    images += torch.randn(images.shape, generator=torch.Generator().manual_seed(0)) * 0.1
    result = run(spec, TensorDataset(images, torch.arange(40) // 20), steps=30, batch_size=8, lr=3e-3)
    assert result.ok
    assert result.started.classes == ("0", "1")
    assert result.metrics["accuracy"] == 1.0


def test_result_says_how_it_ended(spec):
    control = Control()
    control.stop()
    result = run(spec, control=control)
    assert repr(result) == "TrainResult(stopped after 0 steps)"
    assert not result.ok
    assert result.metrics == {}


def test_the_iterator_is_the_run(spec):
    training = Training(spec, steps=1)
    assert iter(training) is training
    assert training.step == 0
