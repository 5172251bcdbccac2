"""A profile as an HTML table for notebooks and reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from archlab.profiler.result import Count, Latency, Memory, PartTime, Profile

STYLE = (
    "<style>.archlab-profile table{border-collapse:collapse;margin:.4em 0}"
    ".archlab-profile th,.archlab-profile td{padding:.15em .7em;text-align:right;vertical-align:top}"
    ".archlab-profile td.text,.archlab-profile th.text{text-align:left}"
    ".archlab-profile thead th{border-bottom:1px solid currentColor}"
    ".archlab-profile caption{text-align:left;font-weight:bold}"
    ".archlab-profile .warn{font-weight:bold}</style>"
)
MISSING = "not measured"


def html(profile: Profile) -> str:
    """Self-contained fragment: summary, nodes and links, the counters' table, environment, notes."""
    shape = "x".join(str(n) for n in profile.input)
    title = f"{profile.name}: {profile.device_name} ({profile.device}), {profile.dtype}, {shape} x {profile.batch}"
    sections = [
        _table("Measured", ("", ""), _summary(profile), text=(0,)),
        _details("Nodes and links", _parts(profile)),
        _table("Who counts what", ("tool", "parameters", "MACs", "blind to"), _counts(profile.cross_check), (0, 3)),
        _details("Environment", _table("", ("", ""), profile.environment.items(), text=(0, 1))),
    ]
    notes = "".join(f"<li>{escape(note)}</li>" for note in profile.notes)
    return f'<div class="archlab-profile">{STYLE}<h4>{escape(title)}</h4>{"".join(sections)}<ul>{notes}</ul></div>'


def _summary(profile: Profile) -> list[tuple[str, str]]:
    rows = [
        ("latency p50", _ms(profile.latency.p50_ms)),
        ("latency p95", _ms(profile.latency.p95_ms)),
        ("runs", f"{profile.latency.n}{_unstable(profile.latency)}"),
        ("throughput", f"{profile.throughput:,.1f} samples/s"),
    ]
    if profile.memory:
        rows += _memory(profile.memory)
    else:
        rows.append(("peak memory", MISSING))
    return rows


def _memory(memory: Memory) -> list[tuple[str, str]]:
    rows = [
        ("peak memory, forward", _bytes(memory.inference_bytes)),
        ("peak memory, forward and backward", _bytes(memory.training_bytes)),
    ]
    if memory.predicted_low is not None and memory.predicted_high is not None:
        rows.append(("predicted for it", f"{_bytes(memory.predicted_low)} to {_bytes(memory.predicted_high)}"))
    if memory.reserved_bytes is not None:
        rows.append(("reserved by the allocator", _bytes(memory.reserved_bytes)))
    return [*rows, ("parameters, buffers, input", _bytes(memory.static_bytes))]


def _parts(profile: Profile) -> str:
    def rows(parts: Iterable[PartTime]) -> list[tuple[str, str, str]]:
        slowest = sorted(parts, key=lambda part: -part.p50_ms)
        return [(part.id, _ms(part.p50_ms), _ms(part.p95_ms)) for part in slowest]

    columns = ("", "p50", "p95")
    return _table("Nodes, slowest first", columns, rows(profile.nodes)) + _table("Links", columns, rows(profile.links))


def _counts(counts: Iterable[Count]) -> list[tuple[str, str, str, str]]:
    return [(c.tool, _number(c.params), _number(c.macs), c.blind_to) for c in counts]


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], text: Sequence[int] = (0,)) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        kind = ("" if i not in text else ' class="text"' for i in range(len(cells)))
        return "".join(f"<{tag}{k}>{escape(c)}</{tag}>" for k, c in zip(kind, cells, strict=True))

    head = f"<thead><tr>{row(columns, 'th')}</tr></thead>" if any(columns) else ""
    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}{head}<tbody>{body}</tbody></table>"


def _details(title: str, inner: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{inner}</details>"


def _unstable(latency: Latency) -> str:
    return f" (unstable: interquartile range {latency.iqr_ms / latency.p50_ms:.0%} of p50)" if latency.unstable else ""


def _ms(value: float) -> str:
    return f"{value:.3f} ms"


def _number(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}"


def _bytes(value: int | None) -> str:
    return MISSING if value is None else f"{value / 2**20:,.2f} MiB"
