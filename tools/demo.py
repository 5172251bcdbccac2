#!/usr/bin/env python3
"""The whole path without a browser: build the three layouts, estimate, profile, train one, write one HTML page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from archlab.profiler import profile
from archlab.templates import template
from archlab.text import numbers
from archlab.trainer import Probes, run
from archlab.trainer.events import Event, Failed, Step
from archlab.views import report
from archlab.views.report import Chapter

LAYOUTS = ("hrnet-3", "unet-3", "soanet-3")
TRAINED = "hrnet-3"


def main() -> int:
    """Run the demo; status 1 when the training failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("report.html"), help="the page (default: %(default)s)"
    )
    parser.add_argument("--steps", type=int, default=300, help="training steps (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="torch device (default: the accelerator if there is one)")
    options = parser.parse_args()

    console = Console()
    chapters = [Chapter(spec=template(name)) for name in LAYOUTS]
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        job = bar.add_task("estimate and profile", total=len(chapters), note="")
        for i, chapter in enumerate(chapters):
            bar.update(job, note=chapter.spec.name)
            measured = profile(chapter.spec, options.device)
            chapters[i] = msgspec.structs.replace(chapter, estimate=chapter.costs, profile=measured)
            bar.update(job, advance=1)

        spec = template(TRAINED)
        job = bar.add_task(f"train {TRAINED} on digits", total=options.steps, note="")

        def show(event: Event) -> None:
            if isinstance(event, Step):
                bar.update(job, completed=event.step, note=f"loss {event.loss:.3f}")

        maps = Probes(mix=True)
        training = run(spec, "digits", steps=options.steps, device=options.device, probes=maps, on_event=show)
    if isinstance(training.end, Failed):
        console.print(f"[red]training failed:[/red] {training.end.message}")
        return 1
    trained = LAYOUTS.index(TRAINED)
    chapters[trained] = msgspec.structs.replace(chapters[trained], training=training)
    options.output.write_text(report(*chapters, title="archlab demo"), encoding="utf-8")

    console.print(summary(chapters))
    console.print(
        f"written: {options.output} ({options.output.stat().st_size / 1024:.0f} KiB, opens without a network)"
    )
    return 0


def summary(chapters: list[Chapter]) -> Table:
    """One line per document."""
    table = Table(title="archlab demo")
    table.add_column("document")
    for heading in ("parameters", "MACs", "latency p50", "peak memory", "trained"):
        table.add_column(heading, justify="right")
    for chapter in chapters:
        measured, training = chapter.profile, chapter.training
        accuracy = training.metrics.get("accuracy") if training else None
        table.add_row(
            chapter.spec.name,
            numbers.count(chapter.costs.params),
            numbers.count(chapter.costs.macs),
            numbers.duration(measured.latency.p50_ms if measured else None),
            numbers.data_size(measured.peak_memory_bytes if measured else None, numbers.NOT_MEASURED),
            f"{numbers.percent(accuracy)} accuracy" if training else numbers.DASH,
        )
    if chapters and (measured := chapters[0].profile):
        table.caption = f"measured on {measured.device_name}"
    return table


if __name__ == "__main__":
    sys.exit(main())
