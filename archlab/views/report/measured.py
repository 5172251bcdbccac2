"""The profile section: latency, memory, every node, and what other counters make of the same network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab.views import figures
from archlab.views.report.html import facts, folded, note, table

if TYPE_CHECKING:
    from archlab.profiler import Profile

MISSING = figures.NOT_MEASURED


def content(profile: Profile) -> str:
    """All that was measured, slowest part first."""
    latency, memory = profile.latency, profile.memory
    threads = "1 thread" if profile.threads == 1 else f"{profile.threads} threads"
    head = [
        ("latency p50", figures.duration(latency.p50_ms)),
        ("latency p95", figures.duration(latency.p95_ms)),
        ("throughput", f"{figures.count(profile.throughput)} samples/s"),
        ("peak memory, forward", figures.size(memory.inference_bytes if memory else None, MISSING)),
        ("peak memory, forward and backward", figures.size(memory.training_bytes if memory else None, MISSING)),
    ]
    where = (
        f"{profile.device_name} ({profile.device}), {profile.dtype}, batch {profile.batch}, {threads}, "
        f"{latency.n} runs, interquartile range {figures.duration(latency.iqr_ms)}."
    )
    return (
        note(where)
        + facts(head)
        + "".join(note(line) for line in profile.notes)
        + "<h4>Who counts what, on the same network and input</h4>"
        + table(
            ("tool", "parameters", "MACs", "blind to"),
            [(c.tool, figures.exact(c.params, MISSING), figures.exact(c.macs, MISSING), c.blind_to)
             for c in profile.cross_check],
            words=(0, 3),
        )
        + folded("Every node and link, slowest first", _parts(profile))
        + folded("Environment", table(("", ""), profile.environment.items(), words=(0, 1)))
    )  # fmt: skip


def _parts(profile: Profile) -> str:
    parts = sorted((*profile.nodes, *profile.links), key=lambda part: -part.p50_ms)
    total = sum(part.p50_ms for part in parts) or 1.0
    p50, p95 = figures.durations(p.p50_ms for p in parts), figures.durations(p.p95_ms for p in parts)
    rows = [(p.id, p50(p.p50_ms), p95(p.p95_ms), figures.percent(p.p50_ms / total)) for p in parts]
    return table(("", "p50", "p95", "share of the sum"), rows)
