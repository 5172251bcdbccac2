"""The profile section: latency, memory, every node, and what other counters make of the same network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archlab.text.sentences import plural
from archlab.text.tables import folded
from archlab.views.report.html import facts, note, wide

if TYPE_CHECKING:
    from archlab.profiler import Profile


def content(profile: Profile) -> str:
    """Everything that a profile holds, slowest part first."""
    from archlab.profiler import result as table  # loads torch, which a report without a profile does not need

    where = f"{table.setting(profile)}, {plural(profile.threads, 'thread')}."
    return (
        note(where)
        + facts(table.summary(profile))
        + "".join(note(line) for line in profile.notes)
        + "<h4>Who counts what, on the same network and input</h4>"
        + wide(table.counts(profile))
        + folded("Every node and link, slowest first", wide(table.parts(profile)))
        + folded("Environment", wide(table.environment(profile)))
    )
