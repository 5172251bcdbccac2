"""Errands between two steps, and steering while they run."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from archlab.bridge.steering import Steering


class Stepper(threading.Thread):
    """A run as the trainer drives it: steps under a gate of the test, and a wait while paused."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.control = Steering()
        self.gate = threading.Semaphore(0)
        self.stepping = threading.Event()
        self.waiting = threading.Event()
        self.steps = 0

    def run(self) -> None:
        while not self.control.stopping:
            if self.control.paused:
                self.waiting.set()
                self.control.wait()
                self.waiting.clear()
                if self.control.stopping:
                    break
            self.stepping.set()
            self.gate.acquire()
            self.steps += 1
            self.stepping.clear()
            self.control.run_errands()
        self.control.end()


@pytest.fixture
def stepper() -> Stepper:
    stepper = Stepper()
    stepper.start()
    return stepper


def look(stepper: Stepper) -> Callable[[], tuple[bool, threading.Thread]]:
    return lambda: (stepper.stepping.is_set(), threading.current_thread())


def test_an_errand_waits_for_the_end_of_the_step(stepper: Stepper) -> None:
    assert stepper.stepping.wait(10)
    asked = stepper.control.between_steps(look(stepper))
    assert not asked.done()
    stepper.gate.release()
    assert asked.result(10) == (False, stepper)
    stepper.control.stop()
    stepper.gate.release()


def test_a_paused_run_does_errands_in_its_own_thread(stepper: Stepper) -> None:
    stepper.control.pause()
    stepper.gate.release()
    assert stepper.waiting.wait(10)
    assert stepper.control.between_steps(look(stepper)).result(10) == (False, stepper)
    assert stepper.steps <= 1
    stepper.control.stop()
    stepper.join(10)
    assert not stepper.is_alive()


def test_a_run_that_is_resumed_makes_no_step_during_an_errand(stepper: Stepper) -> None:
    stepper.control.pause()
    stepper.gate.release()
    assert stepper.waiting.wait(10)
    begun, finish = threading.Event(), threading.Event()

    def errand() -> int:
        begun.set()
        assert finish.wait(10)
        return stepper.steps

    before = stepper.steps
    asked = stepper.control.between_steps(errand)
    assert begun.wait(10)
    stepper.control.resume()  # returns at once, whatever the errand does
    stepper.gate.release()
    finish.set()
    assert asked.result(10) == before
    stepper.control.stop()
    stepper.gate.release()


def test_an_errand_waits_for_the_end_of_a_single_step(stepper: Stepper) -> None:
    stepper.control.pause()
    stepper.gate.release()
    assert stepper.waiting.wait(10)
    stepper.stepping.clear()
    stepper.control.step_once()
    assert stepper.stepping.wait(10)
    asked = stepper.control.between_steps(look(stepper))
    assert not asked.done()
    stepper.gate.release()
    assert asked.result(10) == (False, stepper)
    stepper.control.stop()
    stepper.gate.release()


def test_what_an_errand_raises_reaches_who_asked_and_the_run_goes_on(stepper: Stepper) -> None:
    asked = stepper.control.between_steps(lambda: 1 / 0)
    stepper.gate.release()
    with pytest.raises(ZeroDivisionError):
        asked.result(10)
    assert stepper.stepping.wait(10)
    stepper.control.stop()
    stepper.gate.release()


def test_after_the_end_an_errand_runs_at_once(stepper: Stepper) -> None:
    stepper.control.stop()
    stepper.gate.release()
    stepper.join(10)
    asked = stepper.control.between_steps(threading.current_thread)
    assert asked.done()
    assert asked.result() is threading.current_thread()
