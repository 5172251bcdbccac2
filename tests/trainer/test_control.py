"""Steering from another thread, and how often to capture."""

from __future__ import annotations

import threading

import pytest

from archlab.trainer import Control
from archlab.trainer.probes.pace import Pace


def released(control: Control, by) -> bool:
    """What `wait` returns in a thread after `by` is called in this one."""
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(control.wait()))
    waiter.start()
    assert waiter.is_alive()
    by()
    waiter.join(timeout=10)
    assert not waiter.is_alive()
    return answers[0]


def test_wait_ends_on_resume_stop_and_step():
    control = Control()
    control.pause()
    assert released(control, control.step_once) is True
    assert control.paused
    assert released(control, control.resume) is False
    control.pause()
    assert released(control, control.stop) is False
    assert control.stopping


def test_wait_does_not_block_a_running_job():
    assert Control().wait() is False


@pytest.mark.parametrize("rate", [0, -1e-3, float("nan"), float("inf")])
def test_a_bad_learning_rate_is_refused(rate):
    control = Control()
    with pytest.raises(ValueError, match="finite number above 0"):
        control.lr = rate
    assert control.lr is None


def test_the_interval_follows_the_measured_times():
    pace = Pace(budget=0.03, fps=8)
    assert pace.every is None
    pace.capture_took(0.060, step=0)
    pace.step_took(0.100)
    assert pace.every == 20  # 60 ms / 3 % = 2 s = 20 steps
    assert not pace.due(19)
    assert pace.due(20)


def test_captures_stay_below_eight_per_second():
    pace = Pace(budget=0.03, fps=8)
    pace.capture_took(1e-6, step=0)
    pace.step_took(0.01)
    assert pace.every == 13  # 1/8 s in steps of 10 ms


def test_one_slow_capture_is_forgotten():
    pace = Pace(budget=0.03, fps=8)
    for step, seconds in enumerate([5.0, 0.003, 0.003, 0.003]):
        pace.capture_took(seconds, step)
    pace.step_took(1.0)
    assert pace.every == 1
