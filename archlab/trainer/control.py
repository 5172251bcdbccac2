"""Steering a running job from another thread."""

from __future__ import annotations

import math
import threading


class Control:
    """Stop, pause, single steps and the learning rate of a run; every method may be called from any thread.

    The run polls it between steps, since a running generator cannot be closed from outside.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stop = False
        self._paused = False
        self._single_steps = 0
        self._lr: float | None = None

    def stop(self) -> None:
        """End the run after the current step, paused or not."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()

    def pause(self) -> None:
        """Hold the run after the current step."""
        with self._changed:
            self._paused = True
            self._single_steps = 0

    def resume(self) -> None:
        """Let a paused run go on."""
        with self._changed:
            self._paused = False
            self._single_steps = 0
            self._changed.notify_all()

    def step_once(self) -> None:
        """Make one step and pause after it."""
        with self._changed:
            self._paused = True
            self._single_steps += 1
            self._changed.notify_all()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stop

    @property
    def paused(self) -> bool:
        """Whether the run is to hold; true also while it makes a single step."""
        return self._paused

    @property
    def lr(self) -> float | None:
        """The learning rate asked for; None = as the run was started. Optimiser state is kept on a change."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = positive_rate(value)

    def wait(self) -> bool:
        """Block while paused; True when released for a single step only."""
        with self._changed:
            # A time-out, so that Ctrl-C gets through where a lock cannot be interrupted.
            while not self._changed.wait_for(self._released, timeout=0.5):
                pass
            if self._stop or not self._paused:
                return False
            self._single_steps -= 1
            return True

    def _released(self) -> bool:
        return self._stop or not self._paused or self._single_steps > 0


def positive_rate(value: float) -> float:
    """The value as a learning rate; ValueError when it is none."""
    rate = float(value)
    if not (math.isfinite(rate) and rate > 0):
        raise ValueError(f"A learning rate is a finite number above 0, such as 0.001; got {value!r}.")
    return rate
