"""Runs that go wrong: an event that says what and where, and a net in order."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import TensorDataset

from archlab.compiler import build
from archlab.trainer import Task, from_dataset, run, train
from tests.trainer.runs import noise


def test_a_nan_in_the_data_names_the_input_and_rolls_back(spec):
    dataset = noise(8, 1, 8, 8)
    dataset.tensors[0][:, 0, 3, 3] = float("nan")
    net = build(spec.with_head("classify", classes=2).with_option(norm="batch2d"))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    *_, last = train(net, dataset, steps=5, batch_size=4, probes=False)
    assert (last.type, last.reason, last.node, last.step) == ("failed", "nan", "input", 0)
    assert "batch itself" in last.message
    assert "dataset" in last.hint
    # The forward pass had poisoned batch norm's running statistics.
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_nan_in_the_net_names_its_node_and_keeps_the_last_good_weights(spec):
    training = train(spec, steps=60, batch_size=4, evaluate_every=100, probes=False)
    for event in training:
        if event.type == "step" and event.step == 30:
            with torch.no_grad():
                next(training.net.node_module("B01").parameters()).fill_(float("inf"))
        last = event
    assert (last.type, last.reason, last.node, last.step) == ("failed", "nan", "B01", 25)
    assert "smaller learning rate, such as 0.0001" in last.hint
    assert all(p.isfinite().all() for p in training.net.parameters())


def test_a_broken_dataset_is_an_event(spec):
    class Broken(TensorDataset):
        def __getitem__(self, index):
            if index > 0:
                raise KeyError("no such file: 17.png")
            return super().__getitem__(index)

    dataset = Broken(*noise(8, 1, 8, 8).tensors)
    net = build(spec.with_head("classify", classes=2))
    net.eval()
    *_, last = train(net, from_dataset(dataset, classes=2), probes=False)
    assert (last.type, last.reason) == ("failed", "error")
    assert "no such file: 17.png" in last.message
    assert not any(m.training for m in net.modules())


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), MemoryError()]
)
def test_out_of_memory_is_an_event_with_a_way_out(spec, error):
    class Hungry(Task):
        """Asks for too much."""

        def data(self, image):
            return from_dataset(noise(8, 1, 8, 8)).data(image)

        def loss(self, output, target):
            raise error

    *_, last = train(spec, Hungry(), batch_size=6, probes=False)
    assert (last.type, last.reason) == ("failed", "oom")
    assert "Out of memory on cpu at step 1." in last.message
    assert "batch size of 3" in last.hint


def test_closing_early_puts_the_net_back_in_order(spec):
    net = build(spec.with_head("classify", classes=10)).eval()
    training = train(net, steps=50, batch_size=8)
    while next(training).type != "step":
        pass
    assert net.training
    training.close()
    assert not any(m.training for m in net.modules())
    with pytest.raises(StopIteration):
        next(training)


def test_an_exception_of_the_listener_ends_the_run(spec):
    net = build(spec.with_head("classify", classes=10)).eval()

    def listener(event):
        if event.type == "step":
            raise RuntimeError("listener")

    with pytest.raises(RuntimeError, match="listener"):
        run(net, steps=5, on_event=listener, batch_size=8)
    assert not any(m.training for m in net.modules())
