"""Events that a profiling run yields, as tagged structs: `msgspec.to_builtins(event)["type"]` is `event.type`."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from archlab.profiler.result import Profile


def _tag(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=_tag):
    """Base of all events of a profiling run."""

    @property
    def type(self) -> str:
        """The tag: profile_started, progress, node_measured, profile_finished or profile_failed."""
        return str(self.__struct_config__.tag)


class ProfileStarted(Event, frozen=True, kw_only=True):
    """The network is on the device and will be measured in `stages`, in this order."""

    device: str
    device_name: str
    batch: int
    stages: tuple[str, ...]


class Progress(Event, frozen=True, kw_only=True):
    """`done` of `total` stages are over and `stage` begins."""

    stage: str
    done: int
    total: int


class NodeMeasured(Event, frozen=True, kw_only=True):
    """Times of one node or link."""

    id: str
    kind: Literal["node", "link"]
    p50_ms: float
    p95_ms: float


class ProfileFinished(Event, frozen=True, kw_only=True):
    """Everything was measured."""

    profile: Profile


class ProfileFailed(Event, frozen=True, kw_only=True):
    """The run ended early: stopped by its control, out of memory, or by another error; `stage` is where."""

    reason: Literal["stopped", "oom", "error"]
    message: str
    stage: str
