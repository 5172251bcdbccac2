"""The results of profiling. None always means "not measured", never zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

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
        from archlab.profiler.table import as_html

        return as_html(self)
