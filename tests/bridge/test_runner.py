from __future__ import annotations

import gc
import itertools
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from archlab.bridge import messages as m
from archlab.bridge.frames import MIN_INTERVAL
from archlab.bridge.runner import Job, JobFailed, Runner
from archlab.bridge.steering import Steering
from archlab.document.diagnostics import ArchlabError


class Script:
    """A run that says what it is told to say."""

    def __init__(self, events: Callable[[Steering], Iterator[Any]]) -> None:
        self.control = Steering()
        self.name = "script"
        self.released = False
        self._events = events

    def events(self) -> Iterator[Any]:
        return self._events(self.control)

    def save_weights(self, path: str, overwrite: bool) -> dict[str, Any]:
        raise AssertionError("not asked for")

    def release(self) -> None:
        self.released = True


def steps(count: int, seconds: float = 0.0) -> Callable[[Steering], Iterator[Any]]:
    def events(control: Steering) -> Iterator[Any]:
        yield {"type": "started", "steps": count}
        for step in range(1, count + 1):
            if control.stopping:
                yield {"type": "stopped", "step": step}
                return
            time.sleep(seconds)
            yield {"type": "step", "step": step}
            yield {"type": "captured", "step": step, "data": bytes([step % 256])}
        yield {"type": "finished", "steps": count}

    return events


def started(script: Script, sent: Any, runner: Runner | None = None) -> Job:
    job = (runner or Runner()).create_job("train", script)
    sent.acknowledge = lambda frame: job.acknowledge(frame.id, frame.number)
    job.attach(7, sent)
    job.start()
    return job


def test_every_event_arrives_in_order_and_then_done(sent: Any) -> None:
    job = started(Script(steps(20)), sent)
    assert job.wait(30)["type"] == "finished"
    sent.until(lambda: bool(sent.of(m.Done)))
    assert sent.events()[0] == {"type": "job", "job": job.id, "kind": "train", "digest": ""}
    assert [e["step"] for e in sent.events("step")] == list(range(1, 21))
    assert sent.events()[-1] == {"type": "finished", "steps": 20}
    assert sent.of(m.Done)[0].last == {"type": "finished", "steps": 20}
    assert {message.id for message in sent.messages} == {7}


def test_arrays_travel_as_buffers(sent: Any) -> None:
    started(Script(steps(3)), sent).wait(30)
    sent.until(lambda: bool(sent.of(m.Done)))
    frame = next(i for i, one in enumerate(sent.messages) if any(e["type"] == "captured" for e in one.events))
    capture = next(e for e in sent.messages[frame].events if e["type"] == "captured")
    assert sent.buffers[frame][capture["data"]["buffer"]] == bytes([capture["step"]])


def test_frames_keep_their_distance(sent: Any) -> None:
    times: list[float] = []
    job = Runner().create_job("train", Script(steps(60, 0.01)))

    def send(message: Any, buffers: list[bytes]) -> None:
        times.append(time.monotonic())
        sent(message, buffers)

    sent.acknowledge = lambda frame: job.acknowledge(frame.id, frame.number)
    job.attach(1, send)
    job.start()
    job.wait(30)
    sent.until(lambda: bool(sent.of(m.Done)))
    frames = times[: len(sent.of(m.Frame)) - 1]  # the last one leaves at once
    assert len(frames) >= 2
    assert all(b - a >= MIN_INTERVAL * 0.9 for a, b in itertools.pairwise(frames))
    assert len(sent.events("captured")) < 60


def test_a_run_that_raises_is_an_event_and_wait_raises_it_again(sent: Any) -> None:
    def broken(control: Steering) -> Iterator[Any]:
        yield {"type": "started"}
        raise ZeroDivisionError("by hand")

    job = started(Script(broken), sent)
    with pytest.raises(ZeroDivisionError, match="by hand"):
        job.wait(30)
    sent.until(lambda: bool(sent.of(m.Done)))
    assert sent.events("failed")[0]["message"] == "ZeroDivisionError: by hand"
    assert job.info.state == "failed"


def test_a_run_that_ends_with_failed_makes_wait_raise(sent: Any) -> None:
    def failing(control: Steering) -> Iterator[Any]:
        yield {"type": "failed", "reason": "nan", "message": "The loss became nan."}

    with pytest.raises(JobFailed, match="The loss became nan"):
        started(Script(failing), sent).wait(30)


def test_a_profile_that_is_stopped_has_not_failed(sent: Any) -> None:
    def stopped(control: Steering) -> Iterator[Any]:
        yield {"type": "profile_failed", "reason": "stopped", "message": "Stopped.", "stage": "latency"}

    job = started(Script(stopped), sent)
    assert job.wait(30)["reason"] == "stopped"
    assert job.info.state == "stopped"


def test_an_interrupt_while_waiting_stops_the_run(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    job = started(Script(steps(10_000, 0.01)), sent)
    joined = job._join

    def interrupted(timeout: float | None) -> None:
        monkeypatch.setattr(job, "_join", joined)
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "_join", interrupted)
    assert job.wait()["type"] == "stopped"


def test_wait_has_a_limit_and_the_run_goes_on(sent: Any) -> None:
    job = started(Script(steps(10_000, 0.01)), sent)
    with pytest.raises(TimeoutError, match="it goes on"):
        job.wait(0.2)
    assert job.info.state == "running"
    job.control.stop()
    job.wait(30)


def test_an_editor_that_comes_later_gets_everything_again(sent: Any) -> None:
    job = Runner().create_job("train", Script(steps(30)))
    job.start()
    job.wait(30)
    job.attach(9, sent)
    sent.until(lambda: bool(sent.of(m.Done)))
    assert [e["step"] for e in sent.events("step")] == list(range(1, 31))
    assert [e["step"] for e in sent.events("captured")] == [30]


def test_a_transport_that_breaks_does_not_stop_the_run() -> None:
    def broken(message: Any, buffers: list[bytes]) -> None:
        raise OSError("gone")

    job = Runner().create_job("train", Script(steps(20)))
    job.attach(1, broken)
    job.start()
    assert job.wait(30)["steps"] == 20


def test_a_muted_transport_hears_nothing_more(sent: Any) -> None:
    runner = Runner()
    job = started(Script(steps(10_000, 0.005)), sent, runner)
    sent.until(lambda: bool(sent.events("step")))
    runner.detach(sent)
    heard = len(sent.messages)
    job.control.stop()
    job.wait(30)
    time.sleep(2 * MIN_INTERVAL)
    assert len(sent.messages) <= heard + 1
    assert not sent.of(m.Done)


def test_old_jobs_are_forgotten_running_ones_never() -> None:
    runner = Runner()
    running = runner.create_job("train", Script(steps(100_000, 0.01)))
    running.start()
    scripts = [Script(steps(1)) for _ in range(Runner.KEPT + 3)]
    for script in scripts:
        job = runner.create_job("train", script)
        job.start()
        job.wait(30)
    assert len(runner.jobs()) <= Runner.KEPT + 1
    assert runner.job(running.id) is running
    assert [script.released for script in scripts] == [True] * (len(scripts) - 1) + [False]
    with pytest.raises(ArchlabError, match="may have been restarted"):
        runner.job("train-2")
    running.control.stop()
    running.wait(30)


def test_two_views_are_paced_and_muted_apart(sent: Any) -> None:
    runner = Runner()
    job = runner.create_job("train", Script(steps(100_000, 0.005)))
    sent.acknowledge = lambda frame: job.acknowledge(frame.id, frame.number) if frame.id == "a" else None
    job.attach("a", sent)
    job.attach("b", sent)
    job.start()
    sent.until(lambda: len([f for f in sent.of(m.Frame) if f.id == "a"]) > 4)
    assert len([f for f in sent.of(m.Frame) if f.id == "b"]) <= 2
    runner.detach(sent, "a")
    heard = len([f for f in sent.of(m.Frame) if f.id == "a"])
    job.control.stop()
    job.wait(30)
    sent.until(lambda: bool(sent.of(m.Done)))
    assert [done.id for done in sent.of(m.Done)] == ["b"]
    assert len([f for f in sent.of(m.Frame) if f.id == "a"]) <= heard + 1


def test_nothing_is_measured_beside_other_work(sent: Any) -> None:
    job = started(Script(steps(100_000, 0.005)), sent)
    with pytest.raises(ArchlabError, match=r"The training .* runs"):
        Runner().create_job("profile", Script(steps(1)))
    second = Runner().create_job("train", Script(steps(1)))
    second.start()
    second.wait(30)
    job.control.stop()
    job.wait(30)
    measuring = Runner().create_job("profile", Script(steps(100_000, 0.005)))
    measuring.start()
    with pytest.raises(ArchlabError, match=r"The profile .* runs"):
        Runner().create_job("train", Script(steps(1)))
    measuring.control.stop()
    measuring.wait(30)


def test_an_error_keeps_its_words_and_lets_go_of_what_it_held() -> None:
    class Large:
        pass

    held: list[weakref.ref[Large]] = []

    def events(control: Steering) -> Iterator[Any]:
        large = Large()
        held.append(weakref.ref(large))
        yield {"type": "started"}
        raise ZeroDivisionError("by hand")

    runner = Runner()
    job = runner.create_job("train", Script(events))
    job.start()
    with pytest.raises(ZeroDivisionError):
        job.wait(30)
    runner.create_job("train", Script(steps(1)))
    gc.collect()
    assert held[0]() is None
    with pytest.raises(ZeroDivisionError, match="by hand"):
        job.wait(30)


def test_a_process_that_ends_while_it_trains_ends_quietly() -> None:
    program = """
import time
from archlab.bridge.peer import Peer
from archlab.bridge.runner import Runner
from archlab.templates import template
runner = Runner()
peer = Peer(lambda message, buffers: None, runner)
peer.receive({"op": "train", "id": 1, "spec": template("hrnet-3").to_dict(), "steps": 100000, "batch_size": 4})
job = runner.jobs()[0]
while job.last.get("type") != "step":
    time.sleep(0.05)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
