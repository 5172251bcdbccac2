"""The results of profiling. None always means "not measured", never zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from archlab.text import numbers, sizes
from archlab.text.markup import escaped
from archlab.text.tables import Table, folded, html, notebook

UNSTABLE = 0.10  # interquartile range / median above which a latency is not to be trusted


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Times of single runs, in milliseconds; `unstable` = interquartile range above 10 % of the median."""

    p50_ms: float
    p95_ms: float
    min_ms: float
    iqr_ms: float
    n: int
    unstable: bool

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> Latency:
        """Summary of at least one run."""
        low, middle, high, tail = (float(q) for q in np.percentile(milliseconds, (25, 50, 75, 95)))
        return cls(
            p50_ms=middle,
            p95_ms=tail,
            min_ms=min(milliseconds),
            iqr_ms=high - low,
            n=len(milliseconds),
            unstable=high - low > UNSTABLE * middle,
        )


class PartTime(msgspec.Struct, frozen=True, kw_only=True):
    """Time between two boundaries of the running network: a link, or a node with its merge."""

    id: str
    p50_ms: float
    p95_ms: float


class PartTimes(msgspec.Struct, frozen=True, kw_only=True):
    """All nodes and links of one series of runs, and the whole network in that series.

    `whole` includes what the marks at the boundaries cost; compare it with `Profile.latency`, which has none.
    """

    nodes: tuple[PartTime, ...]
    links: tuple[PartTime, ...]
    whole: Latency


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Peaks of the allocator, each with the network's own bytes in it.

    Attributes:
        static_bytes: parameters, buffers and the input.
        inference_bytes: peak of one forward without gradients.
        training_bytes: peak of one forward and backward in training mode, gradients included, no optimiser.
        reserved_bytes: what the CUDA caching allocator held at that peak.
        predicted_low, predicted_high: bracket of `training_bytes` from the estimate: the larger of parameters +
            saved activations and parameters + gradients; all three, buffers and input together. Scratch memory
            of kernels is in neither.
        method: how the peaks were read.
        notes: why something is missing.
    """

    static_bytes: int
    inference_bytes: int | None
    training_bytes: int | None
    reserved_bytes: int | None
    predicted_low: int | None
    predicted_high: int | None
    method: str
    notes: tuple[str, ...] = ()


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One tool's count of the same network and input; None = the tool failed, `blind_to` says how."""

    tool: str
    params: int | None
    macs: int | None
    blind_to: str


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Measurements of one network on one device."""

    name: str
    device: str
    device_name: str
    dtype: str
    input: tuple[int, ...]
    batch: int
    threads: int
    latency: Latency
    throughput: float
    observed: Latency | None
    nodes: tuple[PartTime, ...]
    links: tuple[PartTime, ...]
    memory: Memory | None
    cross_check: tuple[Count, ...]
    environment: dict[str, str]
    notes: tuple[str, ...]

    @property
    def peak_memory_bytes(self) -> int | None:
        """Peak of one forward without gradients."""
        return self.memory.inference_bytes if self.memory else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {**plain, "peak_memory_bytes": self.peak_memory_bytes}

    def _repr_html_(self) -> str:
        return as_html(self)


def as_html(profile: Profile) -> str:
    """Everything that a profile holds, as a fragment for a notebook's output."""
    notes = "".join(f"<li>{escaped(note)}</li>" for note in profile.notes)
    return notebook(
        f"<h4>{escaped(f'{profile.name}: {setting(profile)}')}</h4>",
        html(Table(heads=("", ""), rows=summary(profile))),
        folded("Nodes and links, slowest first", html(parts(profile))),
        html(counts(profile, caption="Who counts what, on the same network and input")),
        folded("Environment", html(environment(profile))),
        f"<ul>{notes}</ul>" if notes else "",
    )


def setting(profile: Profile) -> str:
    """What was measured, on what."""
    shape = sizes.shape((profile.batch, *profile.input))
    return f"{profile.device_name} ({profile.device}), {profile.dtype}, input {shape}"


def summary(profile: Profile) -> list[tuple[str, str]]:
    """Names and values of the whole network's figures."""
    latency = profile.latency
    return [
        ("latency p50", numbers.duration(latency.p50_ms)),
        ("latency p95", numbers.duration(latency.p95_ms)),
        ("interquartile range", numbers.duration(latency.iqr_ms)),
        ("runs", numbers.exact(latency.n)),
        ("throughput", f"{numbers.count(profile.throughput)} samples/s"),
        *_memory(profile.memory),
    ]


def parts(profile: Profile, caption: str = "") -> Table:
    """Every node and link, the slowest first, each with its share of their sum."""
    slowest = sorted((*profile.nodes, *profile.links), key=lambda part: -part.p50_ms)
    whole = sum(part.p50_ms for part in slowest) or 1.0
    p50, p95 = numbers.durations(p.p50_ms for p in slowest), numbers.durations(p.p95_ms for p in slowest)
    rows = [(p.id, p50(p.p50_ms), p95(p.p95_ms), numbers.percent(p.p50_ms / whole)) for p in slowest]
    return Table(heads=("", "p50", "p95", "share of the sum"), rows=rows, caption=caption)


def counts(profile: Profile, caption: str = "") -> Table:
    """What every tool counts of the same network and input, and what it does not see."""
    rows = [
        (c.tool, numbers.exact(c.params, "failed"), numbers.exact(c.macs, "failed"), c.blind_to)
        for c in profile.cross_check
    ]
    return Table(heads=("tool", "parameters", "MACs", "blind to"), rows=rows, words=(0, 3), caption=caption)


def environment(profile: Profile) -> Table:
    """Versions and hardware."""
    return Table(heads=("", ""), rows=list(profile.environment.items()), words=(0, 1))


def _memory(memory: Memory | None) -> list[tuple[str, str]]:
    inference, training = (memory.inference_bytes, memory.training_bytes) if memory else (None, None)
    rows = [
        ("peak memory, forward", numbers.data_size(inference, numbers.NOT_MEASURED)),
        ("peak memory, forward and backward", numbers.data_size(training, numbers.NOT_MEASURED)),
    ]
    if memory is None:
        return rows
    if memory.predicted_low is not None and memory.predicted_high is not None:
        low, high = numbers.data_size(memory.predicted_low), numbers.data_size(memory.predicted_high)
        rows.append(("predicted for it", f"{low} to {high}"))
    if memory.reserved_bytes is not None:
        rows.append(("reserved by the allocator", numbers.data_size(memory.reserved_bytes)))
    return [*rows, ("parameters, buffers, input", numbers.data_size(memory.static_bytes))]
