"""The whole page: one chapter for each document, made of the sections of the other files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from archlab.document.spec import Spec
from archlab.document.writing import dumps
from archlab.estimator import Estimate, estimate
from archlab.templates.documents import check
from archlab.text import numbers, sizes
from archlab.text.markup import escaped
from archlab.text.tables import Table, folded
from archlab.views.drawing import lattice_svg
from archlab.views.overlay import of_estimate, of_profile
from archlab.views.report import cost, measured, trained
from archlab.views.report.html import facts, note, section, wide
from archlab.views.report.style import sheet

if TYPE_CHECKING:
    from archlab.profiler import Profile
    from archlab.trainer import TrainResult


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """A document with what is to be reported of it. The estimate is made when it is not given."""

    spec: Spec
    estimate: Estimate | None = None
    profile: Profile | None = None
    training: TrainResult | None = None

    @property
    def costs(self) -> Estimate:
        """The estimate, given or made."""
        return self.estimate or estimate(self.spec)


def report(*chapters: Chapter | Spec, title: str = "") -> str:
    """One self-contained HTML page: no scripts, no links out, readable in light, dark and print.

    Each document gets its lattice, costs, and what of profile and training is given. Several documents are compared
    in a table first.
    """
    full = [c if isinstance(c, Chapter) else Chapter(spec=c) for c in chapters]
    heading = title or (full[0].spec.name if len(full) == 1 else "archlab report")
    parts = [_chapter(chapter, f"c{i}", alone=len(full) == 1) for i, chapter in enumerate(full)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escaped(heading)}</title><style>{sheet()}</style></head><body><main>"
        f"<h1>{escaped(heading)}</h1>{_comparison(full) if len(full) > 1 else ''}{''.join(parts)}"
        f"{section('conventions', 'How to read the numbers', _conventions(full))}</main></body></html>"
    )


def _chapter(chapter: Chapter, id: str, alone: bool) -> str:
    spec, costs = chapter.spec, chapter.costs
    heading = "" if alone else f'<h2 id="{id}">{escaped(spec.name)}</h2>'
    parts = [
        facts(_facts(chapter)),
        section(f"{id}-lattice", "Lattice", _lattice(chapter)),
        section(f"{id}-problems", "What the check says", _diagnostics(spec)),
        section(f"{id}-cost", "Cost", cost.content(costs)),
    ]
    if chapter.profile is not None:
        parts.append(section(f"{id}-profile", "Measured", measured.content(chapter.profile)))
    if chapter.training is not None:
        parts.append(section(f"{id}-training", "Training", trained.content(chapter.training)))
    parts.append(folded("The document", f"<pre>{escaped(dumps(spec))}</pre>"))
    return f"<article>{heading}{''.join(parts)}</article>"


def _facts(chapter: Chapter) -> list[tuple[str, str]]:
    costs = chapter.costs
    found = [
        ("input", sizes.shape((costs.input["channels"], *costs.input["size"]))),
        ("parameters", numbers.count(costs.params)),
        ("MACs", numbers.count(costs.macs)),
        ("FLOPs", numbers.count(costs.flops)),
        ("kept for backward", numbers.data_size(costs.activation_bytes)),
    ]
    if chapter.profile is not None:
        found.append((f"latency p50, {chapter.profile.device}", numbers.duration(chapter.profile.latency.p50_ms)))
    if chapter.training is not None and chapter.training.started is not None:
        metric = chapter.training.started.metric
        found.append((f"{metric}, held out", numbers.percent(chapter.training.metrics.get(metric))))
    return found


def _lattice(chapter: Chapter) -> str:
    costs = of_estimate(chapter.costs, "macs")
    drawn = lattice_svg(chapter.spec, costs, "auto", subtitle="MACs per node and link, estimated")
    content = f'<div class="wide">{drawn}</div>'
    if chapter.profile is not None:
        latency = of_profile(chapter.profile)
        drawn = lattice_svg(chapter.spec, latency, "auto", subtitle=latency.title)
        content += folded("The same lattice with measured latency", f'<div class="wide">{drawn}</div>')
    return content


def _diagnostics(spec: Spec) -> str:
    lines = [f'<li><span class="{d.severity}">{d.severity}</span> {escaped(d)}</li>' for d in check(spec)]
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _comparison(chapters: list[Chapter]) -> str:
    rows = []
    for chapter in chapters:
        costs, profile, run = chapter.costs, chapter.profile, chapter.training
        result = "not trained" if run is None or run.started is None else (
            f"{numbers.percent(run.metrics.get(run.started.metric))} {run.started.metric} on {run.started.task}"
        )  # fmt: skip
        rows.append(
            (
                chapter.spec.name,
                sizes.shape((costs.input["channels"], *costs.input["size"])),
                numbers.count(costs.params),
                numbers.count(costs.macs),
                numbers.data_size(costs.activation_bytes),
                numbers.duration(None if profile is None else profile.latency.p50_ms),
                numbers.data_size(None if profile is None else profile.peak_memory_bytes, numbers.NOT_MEASURED),
                result,
            )
        )
    head = ("", "input", "parameters", "MACs", "kept for backward", "latency p50", "peak memory", "trained")
    return wide(Table(heads=head, rows=rows))


def _conventions(chapters: list[Chapter]) -> str:
    left_out = dict.fromkeys(entry for chapter in chapters for entry in chapter.costs.not_counted)
    return (
        note(
            "MACs are multiply-accumulates of convolutions and matrix products of one forward pass, attention counted "
            "as two products; FLOPs = 2 × MACs. Element-wise work has its own column. Bytes are of float32 tensors."
        )
        + note("Not counted: " + "; ".join(left_out) + ".")
        + note("A value that was not measured is said to be so; it is never shown as 0.")
    )
