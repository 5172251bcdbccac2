"""Who hears how much of a job."""

from __future__ import annotations

import time
from typing import Any

import pytest

from archlab.bridge import frame_sender
from archlab.bridge import messages as m
from archlab.bridge.frame_sender import FrameSender
from archlab.bridge.frames import MAX_UNSEEN, PATIENCE, Pace


def test_an_editor_that_acknowledges_nothing_is_sent_nothing_more() -> None:
    pace = Pace()
    now = 0.0
    for _ in range(MAX_UNSEEN):
        assert pace.wait(now) == 0.0
        pace.sent(now)
        now += PATIENCE
    assert pace.wait(now + 1e6) is None
    pace.acknowledge(1)
    assert pace.wait(now + 1e6) == 0.0


def test_a_silent_editor_wakes_with_an_acknowledgement_and_hears_the_end(
    sent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = [0.0]
    monkeypatch.setattr(frame_sender.time, "monotonic", lambda: seen[0])
    one = FrameSender("train-1", 7, sent)
    one.start()
    for step in range(MAX_UNSEEN + 5):
        seen[0] += 2 * PATIENCE
        one.add({"type": "step", "step": step})
        if step < MAX_UNSEEN:
            sent.until(lambda step=step: len(sent.of(m.Frame)) > step)
    time.sleep(0.05)
    assert len(sent.of(m.Frame)) == MAX_UNSEEN
    one.acknowledge(MAX_UNSEEN)
    sent.until(lambda: len(sent.of(m.Frame)) == MAX_UNSEEN + 1)
    assert [e["step"] for e in sent.events()] == list(range(MAX_UNSEEN + 5))
    one.finish({"type": "finished"})
    sent.until(lambda: bool(sent.of(m.Done)))


def test_a_job_that_ends_is_told_to_an_editor_that_fell_silent(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "wait", lambda self, now: None)
    one = FrameSender("train-1", 7, sent)
    one.start()
    one.add({"type": "step", "step": 1})
    one.finish({"type": "finished"})
    sent.until(lambda: bool(sent.of(m.Done)))
    assert sent.events() == [{"type": "step", "step": 1}]
