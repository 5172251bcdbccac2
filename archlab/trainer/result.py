"""A run from beginning to end in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch.utils.data import Dataset

from archlab.document.spec import Spec
from archlab.trainer import events
from archlab.trainer.engine import train
from archlab.trainer.task import Task

if TYPE_CHECKING:
    from archlab.compiler import Backbone


class TrainResult:
    """What a run has said, sorted.

    Attributes:
        net: the trained net, with its head.
        started: the first event.
        steps, evaluations: those events, in order.
        shares: step and fusion shares of every capture.
        first, last: the first and the last capture, None without probes.
        end: the last event: finished, stopped or failed.
    """

    def __init__(self, net: Backbone) -> None:
        self.net = net
        self.started: events.Started | None = None
        self.steps: list[events.Step] = []
        self.evaluations: list[events.Evaluated] = []
        self.shares: list[tuple[int, tuple[events.NodeShares, ...]]] = []
        self.first: events.Captured | None = None
        self.last: events.Captured | None = None
        self.end: events.Finished | events.Stopped | events.Failed | None = None

    def add(self, event: events.AnyEvent) -> None:
        """Take in one event."""
        match event:
            case events.Started():
                self.started = event
            case events.Step():
                self.steps.append(event)
            case events.Evaluated():
                self.evaluations.append(event)
            case events.Captured():
                self.shares.append((event.step, event.shares))
                self.first, self.last = self.first or event, event
            case events.Finished() | events.Stopped() | events.Failed():
                self.end = event

    @property
    def ok(self) -> bool:
        """Whether all steps were made."""
        return isinstance(self.end, events.Finished)

    @property
    def metrics(self) -> dict[str, float]:
        """Metrics of the last evaluation; empty before the first."""
        return dict(self.evaluations[-1].metrics) if self.evaluations else {}

    @property
    def history(self) -> dict[str, list[float]]:
        """Columns step, loss, lr and images_per_second, one row per step."""
        columns = ("step", "loss", "lr", "images_per_second")
        return {name: [getattr(event, name) for event in self.steps] for name in columns}

    def __repr__(self) -> str:
        how = self.end.type if self.end else "running"
        metrics = ", ".join(f"{key} {value:.3f}" for key, value in self.metrics.items())
        return f"TrainResult({how} after {len(self.steps)} steps{': ' if metrics else ''}{metrics})"


def run(
    net_or_spec: Spec | Backbone,
    task: str | Task | Dataset[Any] = "digits",
    *,
    on_event: Callable[[events.AnyEvent], None] | None = None,
    **options: Any,
) -> TrainResult:
    """Train from beginning to end; `on_event` sees every event as it comes. Options as in `Training`.

    A run that fails is a result whose `end` is a `failed` event; only misuse raises.
    """
    training = train(net_or_spec, task, **options)
    result = TrainResult(training.net)
    try:
        for event in training:
            result.add(event)
            if on_event is not None:
                on_event(event)
    finally:
        training.close()
    return result
