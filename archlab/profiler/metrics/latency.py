"""Latency of the whole network."""

from __future__ import annotations

import torch

from archlab.profiler.clock import Tick, clock, runs_for, warm_up
from archlab.profiler.result import Latency
from archlab.profiler.target import Target


def measure(target: Target, seconds: float, tick: Tick) -> Latency:
    """Single runs in inference mode after a warm-up by time and count; the device is synchronised.

    On CUDA the runs are queued one behind the other and timed by events, so that a network whose kernels are
    longer than their launches is timed by its kernels.
    """
    watch = clock(target.device)
    marks = []
    with torch.inference_mode():
        one_run = warm_up(watch, target.forward, seconds, tick)
        for _ in range(runs_for(seconds, one_run)):
            tick()
            start = watch.mark()
            target.forward()
            marks.append((start, watch.mark()))
        watch.sync()
    return Latency.of([watch.milliseconds(start, end) for start, end in marks])
