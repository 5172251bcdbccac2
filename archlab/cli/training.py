"""`archlab train`: a short training on a built-in task."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archlab.cli.files import File, Json, sound_document
from archlab.cli.measuring import Device
from archlab.cli.output import fail, print_json, tell, to_json
from archlab.document.diagnostics import did_you_mean
from archlab.text import numbers

if TYPE_CHECKING:
    from archlab.document.spec import Spec
    from archlab.trainer import Control, TrainResult


def train(
    file: File,
    task: Annotated[str, typer.Option(help="What to train on; `archlab catalog tasks` lists it.")] = "digits",
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps.")] = 200,
    batch_size: Annotated[int, typer.Option(min=1, max=65_536, help="Samples per step.")] = 32,
    lr: Annotated[float, typer.Option(min=1e-12, help="Learning rate of AdamW.")] = 1e-3,
    seed: Annotated[int, typer.Option(min=0, help="Of weights and order of the data.")] = 0,
    device: Device = "auto",
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="Save the trained weights (.safetensors).")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a report with curves and maps (.html).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a document briefly and say how it went. Ctrl-C stops after the current step and keeps what was learnt."""
    from archlab.trainer import Probes, available_tasks

    if task not in available_tasks():
        hint = did_you_mean(task, list(available_tasks()))
        raise typer.BadParameter(f'There is no task "{task}". {hint}', param_hint="--task")
    for option, target in (("--weights", weights), ("--report", page)):  # now, not when the training is over
        if target is not None and not target.absolute().parent.is_dir():
            raise typer.BadParameter(f"There is no folder {target.parent}.", param_hint=option)
    spec = sound_document(file, as_json)
    options = {"steps": steps, "batch_size": batch_size, "lr": lr, "seed": seed, "device": device}
    try:
        result = _run(spec, task, {**options, "probes": Probes(mix=True) if page else False})
    except (ValueError, TypeError) as error:
        fail(str(error))
    written = _write(spec, result, weights, page)
    end: Any = result.end
    if as_json:
        print_json(_summary(result, written))
    else:
        _show(result)
    if end is not None and end.type == "failed":
        if as_json:
            sys.exit(1)
        fail(" ".join(filter(None, (end.message, f"First at {end.node}." if end.node else "", end.hint))))


def _run(spec: Spec, task: str, options: dict[str, Any]) -> TrainResult:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from archlab.trainer import Control, run

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    control, note = Control(), {"loss": "", "metric": ""}
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar, _interruptible(control):
        job = bar.add_task(f"train on {task}", total=options["steps"], note="")
        metric = ""

        def show(event: Any) -> None:
            nonlocal metric
            match event.type:
                case "started":
                    metric = event.metric
                case "step":
                    note["loss"] = f"loss {numbers.digits(event.loss)}"
                    bar.update(job, completed=event.step)
                case "evaluated":
                    note["metric"] = f"{metric} {numbers.percent(event.metrics.get(metric))}"
            bar.update(job, note="  ".join(filter(None, note.values())))

        return run(spec, task, on_event=show, control=control, **options)


@contextmanager
def _interruptible(control: Control) -> Iterator[None]:
    """Ctrl-C asks the run to stop; a second one ends the process as usual."""

    def stop(number: int, frame: Any) -> None:
        control.stop()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _write(spec: Spec, result: TrainResult, weights: Path | None, page: Path | None) -> dict[str, str]:
    written = {}
    if weights is not None:
        from archlab.checkpoints import save_weights

        save_weights(result.net, weights)
        written["weights"] = str(weights)
    if page is not None:
        from archlab.views.report import Chapter, report

        page.write_text(report(Chapter(spec=spec, training=result)), encoding="utf-8")
        written["report"] = str(page)
    for path in written.values():
        tell(f"written  {path}")
    trained = result.net.spec
    if weights is not None and trained is not None and trained.head != spec.head:
        tell(f"The weights belong to {_headed(trained)}: build that before you load them.")
    return written


def _headed(trained: Spec) -> str:
    """`spec.with_head("classify", classes=10)`: how to make the document that was trained."""
    assert trained.head is not None
    fields = "".join(f", {name}={value!r}" for name, value in trained.head.params.items())
    return f'spec.with_head("{trained.head.type}"{fields})'


def _summary(result: TrainResult, written: dict[str, str]) -> dict[str, Any]:
    return {
        "ok": result.ok or (result.end is not None and result.end.type == "stopped"),
        "started": to_json(result.started),
        "end": to_json(result.end),
        "metrics": result.metrics,
        "evaluations": to_json(result.evaluations),
        "history": result.history,
        **written,
    }


def _show(result: TrainResult) -> None:
    from archlab.cli.tables import facts, show

    started: Any = result.started
    if started is None:
        return
    losses = [numbers.digits(event.loss) for event in result.steps]
    speed = sorted(event.images_per_second for event in result.steps)
    rows = [
        (
            "task",
            f"{started.task}, {numbers.exact(started.train_size)} samples, {numbers.exact(started.test_size)} held out",
        ),
        ("device", started.device),
        ("parameters", numbers.exact(started.params)),
        ("steps", f"{len(result.steps)} of {started.steps}"),
        ("loss", f"{losses[0]} to {losses[-1]}" if losses else numbers.NOT_MEASURED),
        *((f"{name}, held out", numbers.percent(value)) for name, value in result.metrics.items()),
        ("speed", f"{numbers.count(speed[len(speed) // 2])} images/s" if speed else numbers.NOT_MEASURED),
    ]
    show(facts(result.net.spec.name if result.net.spec else "", rows))
    tell(started.note)
