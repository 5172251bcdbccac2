"""Jobs that share a kernel: who may run beside whom, whose net is kept, and who hears what."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from archlab.bridge import messages as m
from archlab.bridge.peer import Peer
from archlab.bridge.runner import Job, Runner
from archlab.bridge.steering import Steering
from archlab.document.diagnostics import ArchlabError
from archlab.document.spec import Spec


class Net:
    """Something large."""


class Endless:
    """A run that steps until it is stopped, with a net of its own."""

    name = "mine"

    def __init__(self, fails: bool = False) -> None:
        self.control = Steering()
        self.net: Net | None = Net()
        self.fails = fails

    def events(self) -> Iterator[Any]:
        activations = Net()
        self.seen = weakref.ref(activations)
        if self.fails:
            raise MemoryError("The device is full.")
        while not self.control.stopping:
            yield {"type": "step"}
            threading.Event().wait(0.005)
        yield {"type": "stopped"}

    def save_weights(self, path: str, overwrite: bool) -> dict[str, Any]:
        raise AssertionError("not asked for")

    def release(self) -> None:
        self.net = None


def begun(kind: Any, run: Endless, runner: Runner | None = None) -> Job:
    job = (runner or Runner()).add(kind, run)
    job.start()
    return job


def over(job: Job) -> None:
    job.control.stop()
    job.wait(30)


@pytest.mark.parametrize(("first", "second"), [("train", "profile"), ("profile", "train"), ("profile", "profile")])
def test_nothing_runs_beside_a_profile_in_any_editor_of_the_kernel(first: Any, second: Any) -> None:
    job = begun(first, Endless())
    with pytest.raises(ArchlabError, match=rf'"{first}-1" of "mine" runs.*Press Stop'):
        Runner().add(second, Endless())
    over(job)
    over(begun(second, Endless()))


def test_two_trainings_may_run_at_once() -> None:
    first, second = begun("train", Endless()), begun("train", Endless())
    over(first)
    over(second)


def test_the_editor_is_told_why_it_cannot_profile(sent: Any, small: Spec) -> None:
    job = begun("train", Endless())
    Peer(sent, Runner()).receive({"op": "profile", "id": 4, "spec": small.to_dict(), "device": "cpu"})
    assert sent.messages[0].id == 4
    assert 'The training "train-1" of "mine" runs in this kernel' in sent.of(m.Failure)[0].message
    over(job)


def test_a_new_training_takes_the_place_of_the_net_before_and_a_profile_does_not() -> None:
    runner = Runner()
    first = Endless()
    over(begun("train", first, runner))
    over(begun("profile", Endless(), runner))
    assert first.net is not None
    second = Endless()
    over(begun("train", second, runner))
    assert first.net is None
    assert second.net is not None
    assert len(runner.jobs()) == 3  # their stories are kept


def test_a_failure_keeps_nothing_of_what_it_happened_in() -> None:
    run = Endless(fails=True)
    job = begun("train", run)
    with pytest.raises(MemoryError, match="full"):
        job.wait(30)
    gc.collect()
    assert run.seen() is None


def test_weights_of_a_paused_training_are_saved_while_the_kernel_goes_on(
    sent: Any, small: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = Peer(sent, Runner())
    sent.acknowledge = lambda frame: peer.runner.job(frame.job).acknowledge(frame.id, frame.number)
    peer.receive({"op": "train", "id": 1, "spec": small.to_dict(), "steps": 100_000, "batch_size": 4})
    sent.until(lambda: bool(sent.events("step")))
    job = peer.runner.jobs()[-1]
    peer.receive({"op": "control", "id": 2, "job": job.id, "action": "pause"})
    sent.until(lambda: bool(sent.events("paused")))
    writing, write = threading.Event(), threading.Event()
    save = job.run.save_weights

    def slowly(path: str, overwrite: bool) -> dict[str, Any]:
        writing.set()
        assert write.wait(30)
        return {**save(path, overwrite), "thread": threading.current_thread().name}

    monkeypatch.setattr(job.run, "save_weights", slowly)
    peer.receive({"op": "control", "id": 3, "job": job.id, "action": "save_weights", "path": str(tmp_path / "mine")})
    assert writing.wait(30)
    steps = len(sent.events("step"))
    peer.receive({"op": "control", "id": 4, "job": job.id, "action": "resume"})  # answered while the file is written
    assert sent.reply(4)
    assert not [one for one in sent.of(m.Reply) if one.id == 3]
    assert len(sent.events("step")) == steps
    write.set()
    saved = sent.reply(3)
    assert saved["thread"] == f"archlab-{job.id}"
    with safe_open(saved["path"], framework="pt") as file:
        assert list(file.keys())
    over(job)


def test_weights_replace_a_file_only_on_demand_and_a_folder_must_be_there(
    sent: Any, small: Spec, tmp_path: Path
) -> None:
    peer = Peer(sent, Runner())
    peer.receive({"op": "train", "id": 1, "spec": small.to_dict(), "steps": 1, "batch_size": 4})
    job = peer.runner.jobs()[-1]
    job.wait(60)
    (tmp_path / "v1.safetensors").write_text("mine")
    save = {"op": "control", "job": job.id, "action": "save_weights"}
    peer.receive({**save, "id": 2, "path": str(tmp_path / "v1")})
    peer.receive({**save, "id": 3, "path": str(tmp_path / "nowhere" / "v1")})
    sent.until(lambda: len(sent.of(m.Failure)) == 2)
    told = {failure.id: failure.message for failure in sent.of(m.Failure)}
    assert "is there already" in told[2]
    assert told[3].startswith(f"There is no folder {tmp_path / 'nowhere'}.")
    assert (tmp_path / "v1.safetensors").read_text() == "mine"
    peer.receive({**save, "id": 4, "path": str(tmp_path / "v1"), "overwrite": True})
    assert sent.reply(4)["bytes"] == (tmp_path / "v1.safetensors").stat().st_size


def test_two_views_of_one_widget_have_a_pace_each_and_go_one_by_one(sent: Any) -> None:
    peer = Peer(sent, Runner())
    job = peer.runner.add("train", Endless())
    job.listen("a:1", sent)
    job.listen("b:1", sent)
    job.start()

    def frames(view: str) -> list[m.Frame]:
        return [frame for frame in sent.of(m.Frame) if frame.id == view]

    def draw(frame: m.Frame) -> None:
        if frame.id == "a:1":
            peer.receive({"op": "ack", "id": 0, "job": job.id, "request": "a:1", "number": frame.number})

    sent.acknowledge = draw
    sent.until(lambda: len(frames("a:1")) >= 8)
    assert len(frames("b:1")) <= len(frames("a:1")) // 2
    peer.receive({"op": "detach", "id": 0, "request": "a:1"})
    heard = len(frames("a:1"))
    sent.until(lambda: len(frames("b:1")) >= 4)
    assert len(frames("a:1")) <= heard + 1
    over(job)
    sent.until(lambda: bool(sent.of(m.Done)))
    assert [done.id for done in sent.of(m.Done)] == ["b:1"]
    assert not sent.of(m.Failure)


AT_WORK = """
from archlab.bridge.peer import Peer
from archlab.bridge.runner import Runner
from archlab.templates import template

spec = template("hrnet-3").with_cells("C2").with_layout(levels=2, channels=4)
peer = Peer(lambda message, buffers: None, Runner())
peer.receive({"op": "train", "id": 1, "spec": spec.to_dict(), "steps": 10**6, "batch_size": 4})
job = peer.runner.jobs()[-1]
while job.last.get("type") != "step":
    pass
print("leaving", flush=True)
"""


def test_an_interpreter_that_ends_stops_its_jobs_first() -> None:
    done = subprocess.run([sys.executable, "-c", AT_WORK], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "leaving", "")
