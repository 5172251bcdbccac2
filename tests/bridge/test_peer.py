from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from archlab.bridge import messages as m
from archlab.bridge.peer import Peer
from archlab.bridge.runner import Runner
from archlab.bridge.session import digest
from archlab.document.spec import Spec
from archlab.parts import catalog
from archlab.parts.registry import Registry


@pytest.fixture
def peer(sent: Any) -> Peer:
    peer = Peer(sent, Runner())

    def acknowledge(frame: m.Frame) -> None:
        peer.receive({"op": "ack", "id": 0, "job": frame.job, "request": frame.id, "number": frame.number})

    sent.acknowledge = acknowledge
    return peer


def train(small: Spec, **fields: Any) -> dict[str, Any]:
    return {"op": "train", "id": 1, "rev": 3, "spec": small.to_dict(), "steps": 12, "batch_size": 8, **fields}


def job_of(sent: Any) -> str:
    sent.until(lambda: bool(sent.events("job")))
    return str(sent.events("job")[0]["job"])


def test_questions_are_answered_at_once(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive({"op": "check", "id": "a", "rev": 2, "spec": small.to_dict()})
    assert sent.messages[0].id == "a"
    assert sent.messages[0].value.spec_ok


def test_devices_and_tasks(peer: Peer, sent: Any) -> None:
    peer.receive({"op": "devices", "id": 1})
    peer.receive({"op": "tasks", "id": 2})
    devices, tasks = sent.reply(1), sent.reply(2)
    assert devices[-1]["id"] == "cpu"
    assert devices[-1]["name"]
    assert {"digits", "shapes"} <= {task["name"] for task in tasks}
    assert all(task["title"] and task["description"] for task in tasks)


def test_a_training_streams_its_events_and_its_maps(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive(train(small, document="my.arch.json"))
    sent.until(lambda: bool(sent.of(m.Done)))
    kinds = [event["type"] for event in sent.events()]
    assert kinds[:2] == ["job", "started"]
    assert kinds[-1] == "finished"
    assert [e["step"] for e in sent.events("step")] == list(range(1, 13))
    assert sent.events("evaluated")[-1]["metrics"]["accuracy"] >= 0
    capture = sent.events("captured")[-1]
    frame = next(i for i, one in enumerate(sent.messages) if isinstance(one, m.Frame) and capture in one.events)
    features = capture["features"][0]
    channels, height, width = features["shape"]
    assert len(sent.buffers[frame][features["data"]["buffer"]]) == channels * height * width
    peer.receive({"op": "jobs", "id": 8, "document": "my.arch.json"})
    assert sent.reply(8) == [
        {
            "job": job_of(sent),
            "kind": "train",
            "state": "finished",
            "rev": 3,
            "document": "my.arch.json",
            "digest": digest(small),
        }
    ]
    peer.receive({"op": "jobs", "id": 9, "document": "other.arch.json"})
    assert sent.reply(9) == []


def test_pause_step_resume_stop(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive(train(small, steps=100_000))
    job = job_of(sent)
    sent.until(lambda: bool(sent.events("step")))
    peer.receive({"op": "control", "id": 2, "job": job, "action": "pause"})
    sent.until(lambda: bool(sent.events("paused")))
    paused_at = sent.events("paused")[-1]["step"]
    peer.receive({"op": "control", "id": 3, "job": job, "action": "step"})
    sent.until(lambda: len(sent.events("paused")) == 2)
    assert sent.events("paused")[-1]["step"] == paused_at + 1
    peer.receive({"op": "control", "id": 4, "job": job, "action": "lr", "value": 0.25})
    peer.receive({"op": "control", "id": 5, "job": job, "action": "resume"})
    sent.until(lambda: sent.events("step")[-1]["lr"] == 0.25)
    peer.receive({"op": "control", "id": 6, "job": job, "action": "stop"})
    sent.until(lambda: bool(sent.of(m.Done)))
    assert sent.of(m.Done)[0].last["type"] == "stopped"


@pytest.mark.parametrize("paused", [True, False])
def test_weights_are_saved_while_it_trains(peer: Peer, sent: Any, small: Spec, tmp_path: Path, paused: bool) -> None:
    peer.receive(train(small, steps=100_000))
    job = job_of(sent)
    sent.until(lambda: bool(sent.events("step")))
    if paused:
        peer.receive({"op": "control", "id": 2, "job": job, "action": "pause"})
        sent.until(lambda: bool(sent.events("paused")))
    peer.receive({"op": "control", "id": 3, "job": job, "action": "save_weights", "path": str(tmp_path / "mine")})
    saved = sent.reply(3)
    peer.receive({"op": "control", "id": 4, "job": job, "action": "stop"})
    sent.until(lambda: bool(sent.of(m.Done)))
    assert saved["path"] == str(tmp_path / "mine.safetensors")
    assert saved["bytes"] == (tmp_path / "mine.safetensors").stat().st_size
    with safe_open(saved["path"], framework="pt") as file:
        assert any(name.startswith("B00.cell_0") for name in file.keys())  # noqa: SIM118


def test_a_bad_learning_rate_is_refused_and_the_run_goes_on(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive(train(small, steps=100_000))
    job = job_of(sent)
    for id, value in ((2, -1.0), (3, None)):
        peer.receive({"op": "control", "id": id, "job": job, "action": "lr", "value": value})
    sent.until(lambda: len(sent.of(m.Failure)) == 2)
    assert "above 0" in sent.of(m.Failure)[0].message
    peer.receive({"op": "control", "id": 4, "job": job, "action": "stop"})
    sent.until(lambda: bool(sent.of(m.Done)))
    assert sent.of(m.Done)[0].last["type"] == "stopped"


def test_what_cannot_be_trained_is_a_failed_event_with_the_reason(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive(train(small.with_block("B11", "T1T1").with_option(heads=3)))
    sent.until(lambda: bool(sent.of(m.Done)))
    failed = sent.events("failed")[-1]
    assert "heads" in failed["message"]
    peer.receive(train(small, id=2, task="digit"))
    sent.until(lambda: len(sent.of(m.Done)) == 2)
    assert 'Did you mean "digits"?' in sent.events("failed")[-1]["message"]


def test_what_is_no_document_or_no_request_is_refused(peer: Peer, sent: Any) -> None:
    peer.receive({"op": "train", "id": 1, "spec": {"format": "archlab/1"}})
    peer.receive({"op": "explode", "id": 2})
    peer.receive("nonsense")
    peer.receive({"op": "control", "id": 3, "job": "train-77", "action": "stop"})
    assert [failure.id for failure in sent.of(m.Failure)] == [1, 2, 0, 3]
    assert "may have been restarted" in sent.of(m.Failure)[3].message


def test_a_profile_streams_and_can_be_stopped(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive({"op": "profile", "id": 1, "rev": 5, "spec": small.to_dict(), "device": "cpu", "batch": 2})
    job = job_of(sent)
    peer.receive({"op": "control", "id": 2, "job": job, "action": "save_weights"})
    sent.until(lambda: bool(sent.of(m.Failure)))
    assert "no trained weights" in sent.of(m.Failure)[0].message
    sent.until(lambda: bool(sent.events("profile_started")))
    peer.receive({"op": "control", "id": 3, "job": job, "action": "stop"})
    sent.until(lambda: bool(sent.of(m.Done)))
    last = sent.of(m.Done)[0].last
    assert (last["type"], last["reason"]) == ("profile_failed", "stopped")


def test_a_page_that_was_reloaded_attaches_to_its_training(peer: Peer, sent: Any, small: Spec) -> None:
    peer.receive(train(small, steps=100_000))
    job = job_of(sent)
    sent.until(lambda: len(sent.events("step")) > 3)
    peer.close()
    again = type(sent)()
    new_peer = Peer(again, peer.runner)
    again.acknowledge = lambda frame: new_peer.receive(
        {"op": "ack", "id": 0, "job": frame.job, "request": frame.id, "number": frame.number}
    )
    new_peer.receive({"op": "attach", "id": 40, "job": job})
    again.until(lambda: len(again.events("step")) > 5)
    assert [e["step"] for e in again.events("step")][:3] == [1, 2, 3]
    assert again.events("captured")
    new_peer.receive({"op": "control", "id": 41, "job": job, "action": "stop"})
    again.until(lambda: bool(again.of(m.Done)))


def test_a_part_registered_later_is_announced_once(sent: Any) -> None:
    registry = Registry()
    peer = Peer(sent, Runner(), registry)
    peer.refresh()
    assert sent.messages == []
    registry.register(next(iter(catalog.default().links.values())))
    peer.refresh()
    peer.refresh()
    assert sent.messages == [m.CatalogChanged(id=0)]
