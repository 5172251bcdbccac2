"""The training section: curves, features before and after, and what each input brings to each fusion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from archlab.text import numbers
from archlab.text.markup import escaped
from archlab.text.tables import folded
from archlab.views.curves import curves_svg
from archlab.views.report.html import facts, note
from archlab.views.tiles import data_url, tiles_png

if TYPE_CHECKING:
    from archlab.trainer import TrainResult

TILE = 40  # px, the shown height of a thumbnail


def content(run: TrainResult) -> str:
    """Curves, features and fusions; what the run did not say is left out."""
    if run.started is None:
        return note("The run did not begin.")
    parts = [note(_setting(run)), facts(_results(run)), _ending(run), _curves(run)]
    if run.last is not None:
        title = f"Features of the first probe image after step {run.last.step}"
        parts += [f"<h4>{escaped(title)}</h4>", note(FEATURES), _features(run.last.features)]
        if run.first is not None and run.first.step < run.last.step:
            before = "untrained" if run.first.step == 0 else f"after step {run.first.step}"
            parts.append(folded(f"The same features, {before}", _features(run.first.features)))
        if run.last.shares:
            parts += ["<h4>What each input brings to each fusion</h4>", note(SHARES), _shares(run)]
        if run.last.mix:
            parts += ["<h4>Fusion maps: who dominates where</h4>", note(MIX), _mix(run.last.mix)]
    return "".join(parts)


FEATURES = (
    "Up to eight channels per node, from the 1st to the 99th percentile of the node's values, drawn with nearest "
    "neighbour: a coarse level looks coarse because it is."
)
SHARES = (
    "Signal share: the part of the fused signal's energy that comes along each link; shares of a fusion sum to 100 %, "
    "a hatched bar is negative (this input cancels others). It is not importance: a small share may matter much. "
    "Marked energy: a concatenation that no convolution reads; the input's share of the squared norm."
)
MIX = "Per pixel, each link's share of the signal's magnitude; dark = none, bright = all of it."


def _setting(run: TrainResult) -> str:
    s: Any = run.started
    return (
        f"Task {s.task}: {numbers.exact(s.train_size)} samples to train on, {numbers.exact(s.test_size)} held out, "
        f"{len(s.classes)} classes. {s.steps} steps of {s.batch_size} samples, learning rate {s.lr:g}, seed {s.seed}, "
        f"on {s.device}. {s.note}"
    )


def _results(run: TrainResult) -> list[tuple[str, str]]:
    found = [(f"{name}, held out", numbers.percent(value)) for name, value in run.metrics.items()]
    rates = sorted(event.images_per_second for event in run.steps)
    if rates:
        found.append(("speed", f"{numbers.count(rates[len(rates) // 2])} images/s"))
    return [*found, ("steps made", str(len(run.steps)))]


def _ending(run: TrainResult) -> str:
    end: Any = run.end
    if end is None or end.type == "finished":
        return ""
    if end.type == "stopped":
        return note(f"Stopped after step {end.step}.")
    return f'<p class="error">{escaped(f"Failed at step {end.step}: {end.message} {end.hint}")}</p>'


def _curves(run: TrainResult) -> str:
    light, dark = (data_url(curves_svg(run, theme).encode(), "image/svg+xml") for theme in ("light", "dark"))
    words = "Training loss per step, held-out loss and metric per evaluation."
    return (
        f'<picture class="curves"><source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{escaped(words)}"></picture>'
    )


def _features(nodes: Iterable[Any]) -> str:
    cards = []
    for f in nodes:
        span = f"{numbers.digits(f.lo)} to {numbers.digits(f.hi)}"
        cards.append(_card(f.node, _image(f.data, f.shape, "viridis", f"Features of {f.node}"), span))
    return f'<div class="cards">{"".join(cards)}</div>'


def _mix(nodes: Iterable[Any]) -> str:
    cards = []
    for node in nodes:
        image = _image(node.data, node.shape, "magma", f"Mix of {node.node}")
        cards.append(_card(node.node, image, "from " + ", ".join(link.partition(">")[0] for link in node.links)))
    return f'<div class="cards">{"".join(cards)}</div>'


def _shares(run: TrainResult) -> str:
    last: Any = run.last
    early = {n.node: {k.id: k.share for k in n.links} for n in run.shares[0][1]} if run.shares else {}
    cards = []
    for node in last.shares:
        before = early.get(node.node, {})
        bars = "".join(_bar(link.id.partition(">")[0], link.share, before.get(link.id)) for link in node.links)
        words = "" if node.view == "signal" else f" ({node.view})"
        cards.append(f'<div class="card"><h4>{escaped(node.node + words)}</h4><div class="share">{bars}</div></div>')
    return f'<div class="cards">{"".join(cards)}</div>'


def _bar(name: str, share: float | None, before: float | None) -> str:
    was = "" if before is None else f" (at first {numbers.percent(before)})"
    width = 0.0 if share is None else min(abs(share), 1.0) * 100
    sign = " minus" if share is not None and share < 0 else ""
    return (
        f'<span>{escaped(name)}</span><span class="track" title="{escaped(name + was)}">'
        f'<span class="bar{sign}" style="display:block;width:{width:.1f}%"></span></span>'
        f'<span class="number">{escaped(numbers.percent(share, "silent"))}</span>'
    )


def _image(data: bytes, shape: tuple[int, int, int], colormap: str, words: str) -> str:
    count, height, width = shape
    scale = TILE / max(height, 1)
    size = f'width="{round(count * width * scale) + count - 1}" height="{TILE}"'
    return f'<img {size} alt="{escaped(words)}" src="{data_url(tiles_png(data, shape, colormap))}">'


def _card(title: str, image: str, line: str) -> str:
    return f'<div class="card"><h4>{escaped(title)}</h4>{image}{note(line)}</div>'
