"""Steers a job, and lends the job's own thread to what must not happen during a step."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from archlab.trainer import Control

R = TypeVar("R")


class Steering(Control):
    """A `Control` that also runs errands between two steps, in the job's thread, be it paused or not."""

    def __init__(self) -> None:
        super().__init__()
        self._errands: list[tuple[Callable[[], Any], Future[Any]]] = []
        self._over = False

    def between_steps(self, action: Callable[[], R]) -> Future[R]:
        """Have `action` run while no step is made; at once, in the caller's thread, when no step follows."""
        future: Future[R] = Future()
        with self._changed:
            waits = not self._over
            if waits:
                self._errands.append((action, future))
                self._changed.notify_all()
        if not waits:
            _run(action, future)
        return future

    def run_errands(self) -> None:
        """Run what waits; called by the job's thread between steps."""
        with self._changed:
            errands, self._errands = self._errands, []
        for action, future in errands:
            _run(action, future)

    def end(self) -> None:
        """No step follows: run what waits, and whatever comes later without waiting."""
        with self._changed:
            self._over = True
        self.run_errands()

    def wait(self) -> bool:
        """Block while paused, running errands meanwhile; True when released for a single step only."""
        while True:
            self.run_errands()
            with self._changed:  # a reentrant lock: nobody pauses again before the release is taken
                if self._released():
                    return super().wait()
                if not self._errands:
                    self._changed.wait(0.5)


def _run(action: Callable[[], R], future: Future[R]) -> None:
    try:
        future.set_result(action())
    except Exception as error:
        future.set_exception(error)
