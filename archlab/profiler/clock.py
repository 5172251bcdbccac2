"""Time on a device: events on CUDA, the host's clock elsewhere; and how many runs fit into a budget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch

Tick = Callable[[], None]  # called between runs; raises to end the measurement

WARM_UP_SECONDS = 0.3
WARM_UP_RUNS = 10
FEWEST_RUNS = 10
MOST_RUNS = 2000
PATIENCE = 4  # budgets that a slow network may take before it gets fewer than FEWEST_RUNS


class Clock:
    """Reads the host's clock each time the device has finished all work that it was given."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def mark(self) -> Any:
        """The present moment, once all work given so far is done."""
        self.sync()
        return time.perf_counter_ns()

    def milliseconds(self, start: Any, end: Any) -> float:
        """Time between two marks; call `sync` before."""
        return float(end - start) / 1e6

    def sync(self) -> None:
        """Wait for the device."""
        if self.device.type != "cpu":
            torch.accelerator.synchronize(self.device)


class CudaClock(Clock):
    """Marks are CUDA events, which the device records as it passes them: it is never made to wait."""

    def mark(self) -> Any:
        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self.device))
        return event

    def milliseconds(self, start: Any, end: Any) -> float:
        return float(start.elapsed_time(end))


def clock(device: torch.device) -> Clock:
    """The clock of a device."""
    return CudaClock(device) if device.type == "cuda" else Clock(device)


def warm_up(clock: Clock, run: Callable[[], object], seconds: float, tick: Tick) -> float:
    """Run until caches and clocks have settled; returns the seconds of the shortest run.

    That is `WARM_UP_SECONDS` (or `seconds`, if less) and `WARM_UP_RUNS` runs; a slow network stops after four times
    that time, but runs at least twice.
    """
    enough = min(WARM_UP_SECONDS, seconds)
    begin = time.perf_counter()
    runs, shortest = 0, math.inf
    while True:
        tick()
        start = time.perf_counter()
        run()
        clock.sync()
        runs += 1
        now = time.perf_counter()
        shortest = min(shortest, now - start)  # one that was held up says nothing of how many fit into the time
        spent = now - begin
        if runs >= 2 and spent >= enough and (runs >= WARM_UP_RUNS or spent >= 4 * enough):
            return shortest


def runs_for(seconds: float, one_run: float) -> int:
    """How many runs of `one_run` seconds to make in about `seconds`.

    A slow network gets up to `PATIENCE` times as long, so that it has `FEWEST_RUNS` runs, and never less than 3.
    """
    fitting = math.ceil(seconds / max(one_run, 1e-6))
    patient = max(3, int(PATIENCE * seconds / max(one_run, 1e-6)))
    return min(max(fitting, min(FEWEST_RUNS, patient)), MOST_RUNS)
