"""Loss and metric over steps, as a matplotlib figure."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from archlab.views.palette import colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from archlab.trainer.result import TrainResult


def curves(run: TrainResult, theme: Literal["light", "dark"] = "light") -> Figure:
    """Two panels: training and held-out loss on a logarithmic axis, and the task's metric.

    Each step's loss is drawn faint, its moving average (a tenth of the run) strong.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    palette = colours(theme)
    figure = Figure(figsize=(9, 3.2), layout="constrained", facecolor=palette["paper"])
    FigureCanvasAgg(figure)
    loss, metric = figure.subplots(1, 2)
    for axes in (loss, metric):
        _dress(axes, palette)
    _loss(loss, run, palette)
    _metric(metric, run, palette)
    return figure


def curves_svg(run: TrainResult, theme: Literal["light", "dark"] = "light") -> str:
    """The figure as an SVG file's text; the same run gives the same text."""
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": f"archlab-{theme}"}):
        curves(run, theme).savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def smoothed(values: Sequence[float], window: int) -> list[float]:
    """Mean of the last `window` values at each place, of fewer at the beginning."""
    means, total = [], 0.0
    for i, value in enumerate(values):
        total += value
        if i >= window:
            total -= values[i - window]
        means.append(total / min(i + 1, window))
    return means


def _loss(axes: Axes, run: TrainResult, palette: dict[str, str]) -> None:
    axes.set_title("loss", loc="left", fontsize=11, color=palette["ink"])
    steps, losses = [e.step for e in run.steps], [e.loss for e in run.steps]
    if steps:
        window = max(1, len(steps) // 10)
        axes.plot(steps, losses, color=palette["down"], alpha=0.3, linewidth=0.8)
        axes.plot(steps, smoothed(losses, window), color=palette["down"], label=f"training, mean of {window}")
    if run.evaluations:
        held_out = ([e.step for e in run.evaluations], [e.loss for e in run.evaluations])
        axes.plot(*held_out, color=palette["up"], linestyle="--", marker="o", markersize=4, label="held out")
    if steps or run.evaluations:
        _legend(axes, palette)
    if any(loss > 0 for loss in losses):
        axes.set_yscale("log")


def _metric(axes: Axes, run: TrainResult, palette: dict[str, str]) -> None:
    name = run.started.metric if run.started else ""
    axes.set_title(f"{name}, held out" if name else "not evaluated", loc="left", fontsize=11, color=palette["ink"])
    points = [(e.step, e.metrics[name]) for e in run.evaluations if name in e.metrics]
    if points:
        axes.plot(*zip(*points, strict=True), color=palette["up"], linestyle="--", marker="o", markersize=4)
        axes.set_ylim(0, 1.02)


def _legend(axes: Axes, palette: dict[str, str]) -> None:
    box = axes.legend(frameon=False, fontsize=9)
    for text in box.get_texts():
        text.set_color(palette["ink"])


def _dress(axes: Axes, palette: dict[str, str]) -> None:
    axes.set_facecolor(palette["paper"])
    axes.set_xlabel("step", fontsize=9, color=palette["soft"])
    axes.tick_params(colors=palette["soft"], labelsize=9, which="both")
    axes.grid(color=palette["edge"], alpha=0.25, linewidth=0.6)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(palette["edge"])
