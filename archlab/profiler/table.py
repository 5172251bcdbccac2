"""A profile as tables: the same rows on a terminal, in a notebook and in a report."""

from __future__ import annotations

from archlab.profiler.result import Memory, Profile
from archlab.text import numbers, sizes
from archlab.text.markup import escaped
from archlab.text.tables import Table, folded, html, notebook


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
