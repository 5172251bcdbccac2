"""Profiling: `profile_events` yields events while it measures; `profile` returns the result at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch

from archlab.compiler import Backbone
from archlab.document.entries import Input
from archlab.document.spec import Spec
from archlab.parts.registry import Registry
from archlab.profiler.environment import device_name, environment
from archlab.profiler.events import (
    Event,
    NodeMeasured,
    ProfileFailed,
    ProfileFinished,
    ProfileStarted,
    Progress,
)
from archlab.profiler.metrics import counters, latency, memory, parts
from archlab.profiler.result import Latency, Profile
from archlab.profiler.target import out_of_memory, pick_device, prepared
from archlab.text.sentences import first_line

STAGES = ("build", "latency", "nodes", "memory", "counters")


class Control(Protocol):
    """Lets the caller stop a profile; it is read between measurements."""

    @property
    def stopping(self) -> bool:
        """Whether to stop now."""


class ProfileError(RuntimeError):
    """A profile that could not be taken; `event` says why and at which stage."""

    def __init__(self, event: ProfileFailed) -> None:
        super().__init__(f"Profiling ended at {event.stage}: {event.message}")
        self.event = event


class _Stopped(Exception):
    """Raised inside a run to leave it when the control says stop."""


def profile(
    net_or_spec: Backbone | Spec,
    device: str | torch.device = "auto",
    batch: int = 1,
    *,
    input: Input | str | None = None,
    min_seconds: float = 0.5,
    control: Control | None = None,
    registry: Registry | None = None,
) -> Profile:
    """Measure latency, memory and throughput; see `profile_events` for the arguments.

    Raises:
        ProfileError: out of memory, stopped, or failed.
    """
    for event in profile_events(
        net_or_spec, device, batch, input=input, min_seconds=min_seconds, control=control, registry=registry
    ):
        if isinstance(event, ProfileFailed):
            raise ProfileError(event)
        if isinstance(event, ProfileFinished):
            return event.profile
    raise AssertionError("unreachable: a run ends with one of the two events")


def profile_events(
    net_or_spec: Backbone | Spec,
    device: str | torch.device = "auto",
    batch: int = 1,
    *,
    input: Input | str | None = None,
    min_seconds: float = 0.5,
    control: Control | None = None,
    registry: Registry | None = None,
) -> Iterator[Event]:
    """Measure a document or a built backbone, telling what is done; never raises while it runs.

    A backbone on another device is copied there; the given one is left as it was. The network runs in eval mode
    on seeded noise of its input's size.

    Args:
        net_or_spec: what to measure; a document is built first.
        device: a torch device, or `auto` = the attached accelerator, else the CPU.
        batch: samples per run.
        input: another input, such as `3x256x256`.
        min_seconds: budget of each series of runs, after its warm-up.
        control: its `stopping` is asked between runs.
        registry: parts of the document, where they are not the installed ones.
    """
    stage = STAGES[0]

    def tick() -> None:
        if control is not None and control.stopping:
            raise _Stopped

    try:
        place = pick_device(device, net_or_spec if isinstance(net_or_spec, Backbone) else None)
        named = device_name(place)
        yield ProfileStarted(device=str(place), device_name=named, batch=batch, stages=STAGES)
        yield Progress(stage=stage, done=0, total=len(STAGES))
        with prepared(net_or_spec, place, batch, input, registry) as target:
            stage = STAGES[1]
            yield Progress(stage=stage, done=1, total=len(STAGES))
            whole = latency.measure(target, min_seconds, tick)
            stage = STAGES[2]
            yield Progress(stage=stage, done=2, total=len(STAGES))
            times = parts.measure(target, min_seconds, tick)
            for node in times.nodes:
                yield NodeMeasured(id=node.id, kind="node", p50_ms=node.p50_ms, p95_ms=node.p95_ms)
            for link in times.links:
                yield NodeMeasured(id=link.id, kind="link", p50_ms=link.p50_ms, p95_ms=link.p95_ms)
            stage = STAGES[3]
            yield Progress(stage=stage, done=3, total=len(STAGES))
            peaks = memory.measure(target, tick)
            stage = STAGES[4]
            yield Progress(stage=stage, done=4, total=len(STAGES))
            counted = counters.measure(target, tick)
            taken = Profile(
                name=target.name,
                device=str(place),
                device_name=named,
                dtype=str(target.x.dtype).removeprefix("torch."),
                input=tuple(target.x.shape[1:]),
                batch=batch,
                threads=torch.get_num_threads(),
                latency=whole,
                throughput=1000 * batch / whole.p50_ms,
                observed=times.whole,
                nodes=times.nodes,
                links=times.links,
                memory=peaks,
                cross_check=counted,
                environment=environment(place),
                notes=(*_notes(whole, times.whole, place.type), *peaks.notes),
            )
        yield ProfileFinished(profile=taken)
    except _Stopped:
        yield ProfileFailed(reason="stopped", message="Stopped.", stage=stage)
    except Exception as error:
        if out_of_memory(error):
            message = f"Out of memory at batch {batch}. Use a smaller batch or input. {first_line(error)}"
            yield ProfileFailed(reason="oom", message=message, stage=stage)
            return
        yield ProfileFailed(reason="error", message=str(error) or type(error).__name__, stage=stage)


def _notes(whole: Latency, observed: Latency, device: str) -> Iterator[str]:
    """Warnings to show beside the numbers, such as an unstable latency."""
    series = (
        "Latency is that of the whole network without any marks. Nodes and links are timed in a separate series, from "
        "boundary to boundary"
    )
    if not (whole.unstable or observed.unstable):
        series += f"; with the marks the whole run took {observed.p50_ms / whole.p50_ms:.2f} times as long"
    yield f"{series}."
    for what, series_of in (("Latency", whole), ("The series of nodes and links", observed)):
        if series_of.unstable:
            yield (
                f"{what} is unstable: over {series_of.n} runs the interquartile range exceeds 10 % of the median. "
                "Other work on the device, a changing clock or too few runs may be why; measure again, or longer."
            )
    if device == "cuda":
        yield "Runs are queued on the device and timed by its own clock: launches that hide behind work cost nothing."
