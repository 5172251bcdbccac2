from __future__ import annotations

import msgspec
import pytest

from archlab.bridge.frames import (
    MAX_PENDING,
    MAX_UNSEEN,
    MIN_INTERVAL,
    PATIENCE,
    Backlog,
    Pace,
    split_buffers,
    to_plain,
)


class Map(msgspec.Struct, tag_field="type", tag="captured"):
    name: str
    data: bytes


def test_bytes_leave_the_json_and_keep_their_order() -> None:
    buffers: list[bytes] = []
    event = to_plain(Map(name="B00", data=b"\x00\xff"))
    content = split_buffers([event, {"type": "step"}, {"deep": [{"data": b"z"}]}], buffers)
    assert buffers == [b"\x00\xff", b"z"]
    assert content == [
        {"type": "captured", "name": "B00", "data": {"buffer": 0}},
        {"type": "step"},
        {"deep": [{"data": {"buffer": 1}}]},
    ]


def test_an_event_that_is_no_object_is_refused() -> None:
    with pytest.raises(TypeError, match="not int"):
        to_plain(3)


def test_only_the_newest_capture_waits_and_every_step_does() -> None:
    backlog = Backlog()
    for step in range(4):
        backlog.add({"type": "step", "step": step})
        backlog.add({"type": "captured", "step": step})
    drained = backlog.drain()
    assert [e["step"] for e in drained if e["type"] == "step"] == [0, 1, 2, 3]
    assert [e["step"] for e in drained if e["type"] == "captured"] == [3]
    assert len(backlog) == 0


def test_a_long_backlog_loses_steps_evenly_and_nothing_else() -> None:
    backlog = Backlog()
    backlog.add({"type": "started"})
    for step in range(3 * MAX_PENDING):
        backlog.add({"type": "step", "step": step})
    backlog.add({"type": "evaluated"})
    drained = backlog.drain()
    steps = [e["step"] for e in drained if e["type"] == "step"]
    assert len(drained) <= MAX_PENDING
    assert drained[0]["type"] == "started"
    assert drained[-1]["type"] == "evaluated"
    assert steps == sorted(steps)
    assert steps[0] < 8
    assert steps[-1] > 3 * MAX_PENDING - 8


def test_a_frame_waits_for_the_interval_and_for_the_acknowledgement() -> None:
    pace = Pace()
    assert pace.wait(100.0) == 0.0
    assert pace.sent(100.0) == 1
    assert pace.wait(100.0) == pytest.approx(PATIENCE)
    pace.acknowledge(1)
    assert pace.wait(100.0) == pytest.approx(MIN_INTERVAL)
    assert pace.wait(100.0 + MIN_INTERVAL) == 0.0


def test_an_editor_that_never_answers_is_left_in_peace() -> None:
    pace = Pace()
    now = 0.0
    for _ in range(MAX_UNSEEN):
        wait = pace.wait(now)
        assert wait is not None
        now += wait
        pace.sent(now)
    assert pace.wait(now + 3600) is None
    pace.acknowledge(1)
    assert pace.wait(now + 3600) == 0.0


def test_an_acknowledgement_of_the_future_counts_for_nothing() -> None:
    pace = Pace()
    pace.sent(0.0)
    pace.acknowledge(99)
    pace.sent(1.0)
    assert pace.wait(1.0) == pytest.approx(PATIENCE)
