"""Latency of every node and link, read at the boundaries of the running network."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

import torch
from torch import Tensor

from archlab.profiler.clock import Clock, Tick, clock, runs_for, warm_up
from archlab.profiler.result import Latency, PartTime, PartTimes
from archlab.profiler.target import Target


class _Stopwatch:
    """An observer that marks the time whenever a node or a link is done."""

    def __init__(self, watch: Clock) -> None:
        self.watch = watch
        self.marks: list[tuple[str, str, Any]] = []

    def start(self) -> None:
        self.marks = [("start", "", self.watch.mark())]

    def node(self, id: str, inputs: dict[str, Tensor], merged: Tensor, out: Tensor) -> None:
        self.marks.append(("node", id, self.watch.mark()))

    def link(self, id: str, x: Tensor, out: Tensor) -> None:
        self.marks.append(("link", id, self.watch.mark()))


def measure(target: Target, seconds: float, tick: Tick) -> PartTimes:
    """Time from boundary to boundary in inference mode: a node's time holds the merge of what arrives.

    The marks themselves cost a little; on other devices than CPU and CUDA each one waits for the device.
    """
    watch = clock(target.device)
    observer = _Stopwatch(watch)

    def run() -> None:
        observer.start()
        target.net.run(target.x, observer)

    series = []
    with torch.inference_mode():
        one_run = warm_up(watch, run, seconds / 2, tick)
        for _ in range(runs_for(seconds, one_run)):
            tick()
            run()
            series.append(observer.marks)
        watch.sync()
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for marks in series:
        for (_, _, before), (kind, id, after) in itertools.pairwise(marks):
            times[kind, id].append(watch.milliseconds(before, after))
    parts = {key: Latency.of(values) for key, values in times.items()}
    graph = target.net.graph
    computed = {n.id for n in graph.nodes if n.kind != "input"} | {k.id for k in graph.links}

    def of_kind(wanted: str) -> tuple[PartTime, ...]:
        return tuple(
            PartTime(id=id, p50_ms=t.p50_ms, p95_ms=t.p95_ms)
            for (kind, id), t in parts.items()
            if kind == wanted and id in computed
        )

    whole = Latency.of([watch.milliseconds(marks[0][2], marks[-1][2]) for marks in series])
    return PartTimes(nodes=of_kind("node"), links=of_kind("link"), whole=whole)
