"""Stop, pause, single steps and the learning rate, while a run goes on."""

from __future__ import annotations

import threading

from archlab.trainer import Control, Task, from_dataset, train
from tests.trainer.runs import kinds, losses, noise


def test_stop_ends_within_one_step(spec):
    control = Control()
    steps = []
    for event in train(spec, steps=50, control=control, batch_size=8):
        if event.type == "step":
            steps.append(event.step)
            if event.step == 3:
                control.stop()
        last = event
    assert steps == [1, 2, 3]
    assert (last.type, last.step) == ("stopped", 3)


def test_stop_during_an_evaluation_ends_it(spec):
    class Stopping(Task):
        """Stops the run at the second batch of an evaluation."""

        kind = "classify"
        batches = 0

        def data(self, image):
            return from_dataset(noise(64, 1, 8, 8)).data(image)

        def metric(self, classes, channels):
            metric = super().metric(classes, channels)
            update = metric.update

            def counting(output, target):
                update(output, target)
                self.batches += 1
                control.stop()

            metric.update = counting
            return metric

    control, task = Control(), Stopping()
    assert kinds(train(spec, task, steps=1, batch_size=2, control=control, probes=False))[-1] == "stopped"
    assert task.batches == 1


def test_pause_steps_and_resume(spec):
    control = Control()
    said = []
    for event in train(spec, steps=5, control=control, batch_size=8, evaluate_every=100, probes=False):
        said.append(event.type)
        if event.type == "step" and event.step == 1:
            control.pause()
        if event.type == "paused":
            control.step_once() if event.step < 3 else control.resume()
    assert said == [
        *("started", "step", "paused", "step", "paused", "step", "paused", "resumed"),
        *("step", "step", "evaluated", "finished"),
    ]


def test_stop_from_another_thread_ends_a_pause(spec):
    control = Control()
    control.pause()
    said: list[str] = []
    paused = threading.Event()

    def drive() -> None:
        for event in train(spec, steps=5, control=control, probes=False):
            said.append(event.type)
            if event.type == "paused":
                paused.set()

    thread = threading.Thread(target=drive)
    thread.start()
    assert paused.wait(timeout=30)
    control.stop()
    thread.join(timeout=30)
    assert said == ["started", "paused", "stopped"]


def test_a_pause_shows_the_net_as_it_is(spec):
    control = Control()
    control.step_once()
    captured = []
    for event in train(spec, steps=50, control=control, batch_size=8):
        if event.type == "captured":
            captured.append(event.step)
        if event.type == "paused" and event.step == 1:
            control.stop()
    assert captured == [0, 1]


def test_the_learning_rate_changes_live_and_adam_remembers(spec):
    control = Control()
    training = train(spec, steps=6, lr=1e-3, control=control, batch_size=8)
    rates, counts, moments = [], [], []
    for event in training:
        if event.type == "step":
            rates.append(event.lr)
            state = next(iter(training.optimizer.state.values()))
            counts.append(int(state["step"]))
            moments.append(state["exp_avg"].abs().sum().item())
            if event.step == 3:
                control.lr = 1e-5
    assert rates == [1e-3] * 3 + [1e-5] * 3
    assert counts == [1, 2, 3, 4, 5, 6]
    assert min(moments) > 0


def test_the_same_rate_set_live_changes_nothing(spec):
    control = Control()
    told = []
    for event in train(spec, steps=4, batch_size=8, lr=1e-3, control=control):
        if event.type == "step":
            told.append(event.loss)
            control.lr = 1e-3
    assert told == losses(spec, lr=1e-3)
