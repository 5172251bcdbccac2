"""`archlab estimate` computes what a document costs, `archlab profile` measures it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archlab.cli.files import File, InputOption, Json, open_document, sound_document
from archlab.cli.output import diagnostic_json, fail, print_diagnostics, print_json, tell
from archlab.cli.plan import show_plan
from archlab.text import numbers, sizes

if TYPE_CHECKING:
    from archlab.document.spec import Spec
    from archlab.estimator import Estimate
    from archlab.profiler import Profile

Batch = Annotated[int, typer.Option(min=1, max=65_536, help="Samples at once.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, ...")]
TOTALS = ("input", "params", "macs", "flops", "activation_bytes")
LISTS = ("outputs", "nodes", "links", "plan")


def estimate(
    file: File,
    input: InputOption = None,
    batch: Batch = 1,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show how each block cuts its map into windows and patches, not the costs.")
    ] = False,
    fusion: Annotated[
        str | None,
        typer.Option(
            metavar="NODE", help="Show every map that arrives at a node, what each link does to it, and its cost."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute shapes, parameters, MACs and memory without building anything."""
    if fusion is not None:
        _show_fusion(sound_document(file, as_json, input), fusion, as_json)
        return
    opened = open_document(file)
    if opened.spec is None:
        if as_json:
            told = [diagnostic_json(d) for d in opened.diagnostics]
            print_json({**dict.fromkeys(TOTALS), **{key: [] for key in LISTS}, "diagnostics": told})
            sys.exit(1)
        print_diagnostics(opened.diagnostics)
        fail(f"{file} cannot be read, so there is nothing to estimate.")
    from archlab.document.diagnostics import errors
    from archlab.estimator import estimate as compute

    costs = compute(opened.spec, batch=batch, input=input)
    if as_json:
        print_json(costs.to_dict() | {"diagnostics": [diagnostic_json(d) for d in costs.diagnostics]})
    else:
        print_diagnostics(costs.diagnostics, opened.plain)
        (show_plan if plan else _show_estimate)(costs)
    sys.exit(1 if errors(costs.diagnostics) else 0)


def _show_fusion(spec: Spec, node: str, as_json: bool) -> None:
    """Print what arrives at one node."""
    import msgspec

    from archlab.cli.tables import say, show
    from archlab.document.diagnostics import ArchlabError
    from archlab.views.fusion_table import fusion_table

    try:
        found = fusion_table(spec, node)
    except ArchlabError as error:
        if as_json:
            print_json({"ok": False, "message": str(error)})
            sys.exit(1)
        fail(str(error))
    if as_json:
        print_json({"ok": True, **msgspec.to_builtins(found)})
    else:
        say(found.title)
        show(found.table())


def profile(
    file: File,
    device: Device = "auto",
    batch: Batch = 1,
    input: InputOption = None,
    seconds: Annotated[
        float, typer.Option(min=0.01, max=3600, help="Time for each series of runs, after its warm-up.")
    ] = 0.5,
    as_json: Json = False,
) -> None:
    """Measure latency, memory and throughput on a device."""
    spec = sound_document(file, as_json, input)
    result, failed = _measure(spec, device, batch, seconds)
    if result is None:
        if as_json:
            print_json({"ok": False, "reason": failed.reason, "message": failed.message, "stage": failed.stage})
            sys.exit(1)
        fail(f"{failed.message} (while measuring: {failed.stage})")
    if as_json:
        print_json({"ok": True, **result.to_dict()})
    else:
        _show_profile(result)


def _measure(spec: Spec, device: str, batch: int, seconds: float) -> tuple[Profile | None, Any]:
    """The profile, or None and the event that says why there is none; progress goes to standard error."""
    from rich import progress as rich
    from rich.console import Console

    from archlab.profiler import ProfileFailed, ProfileFinished, Progress, profile_events

    columns = (rich.TextColumn("{task.description:<24}"), rich.BarColumn(), rich.TimeElapsedColumn())
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        job = bar.add_task("build", total=None)
        for event in profile_events(spec, device, batch, min_seconds=seconds):
            match event:
                case Progress():
                    bar.update(job, description=event.stage, completed=event.done, total=event.total)
                case ProfileFinished():
                    return event.profile, None
                case ProfileFailed():
                    return None, event
    raise AssertionError("unreachable: a run ends with one of the two events")


def _show_estimate(costs: Estimate) -> None:
    from archlab.cli.tables import say, show
    from archlab.estimator.result import table

    show(table(costs, caption=costs.name))
    returned = ", ".join(f"{o.name} {sizes.shape(o.shape)}" for o in costs.outputs)
    params, macs, flops = (numbers.exact(n) for n in (costs.params, costs.macs, costs.flops))
    say(
        f"Returns {returned or 'nothing that is known'}.",
        f"{params} parameters, {macs} MACs, {flops} FLOPs (2 x MACs).",
        f"For a batch of {costs.batch}; kept for backward = float32 bytes that the backward pass needs.",
        f"Not counted: {'; '.join(costs.not_counted)}.",
    )


def _show_profile(result: Profile) -> None:
    from archlab.cli.tables import facts, show
    from archlab.profiler import result as table

    show(table.parts(result, caption="Nodes and links, slowest first"))
    show(table.counts(result, caption="Who counts what"))
    show(facts(result.name, [("measured on", table.setting(result)), *table.summary(result)]))
    for line in result.notes:
        tell(line)
