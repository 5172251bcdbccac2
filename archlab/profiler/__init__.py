"""What a backbone really takes on a device: latency, memory, throughput, and what other counters make of it."""

from __future__ import annotations

from archlab.profiler.events import (
    Event,
    NodeMeasured,
    ProfileFailed,
    ProfileFinished,
    ProfileStarted,
    Progress,
)
from archlab.profiler.result import Count, Latency, Memory, PartTime, Profile
from archlab.profiler.run import ProfileError, profile, profile_events

__all__ = [
    "Count",
    "Event",
    "Latency",
    "Memory",
    "NodeMeasured",
    "PartTime",
    "Profile",
    "ProfileError",
    "ProfileFailed",
    "ProfileFinished",
    "ProfileStarted",
    "Progress",
    "profile",
    "profile_events",
]
