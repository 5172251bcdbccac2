"""Curves and the report: self-contained, escaped, and with the numbers that the other parts hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import archlab as al
from archlab.profiler import Count, Latency, Memory, PartTime, Profile
from archlab.text import numbers
from archlab.trainer import TrainResult, events
from archlab.views import report
from archlab.views.curves import curves, curves_svg, smoothed
from archlab.views.report import Chapter

SPEC = al.hrnet(levels=2, channels=4, cells="C2", input="1x16x16", name="small")
EVIL = "<script>alert(1)</script>&\"'"


class Page(HTMLParser):
    """Tags that do not close, every tag used, and the text."""

    void = frozenset({"meta", "img", "br", "source", "rect", "path", "polygon", "polyline"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data


def training() -> TrainResult:
    """A run of three steps as the trainer tells it."""
    run = TrainResult(net=None)  # type: ignore[arg-type]
    run.add(
        events.Started(
            steps=3, task="digits", device="cpu", params=10, note=EVIL, classes=("0", "1"), metric="accuracy",
            train_size=1438, test_size=359, batch_size=8, lr=1e-3, seed=0,
        )
    )  # fmt: skip
    for step, loss in enumerate((2.0, 1.0, 0.5), start=1):
        run.add(events.Step(step=step, loss=loss, lr=1e-3, images_per_second=100.0 * step))
        maps = np.full((2, 4, 4), step * 60, np.uint8).tobytes()
        features = (events.NodeFeatures(node="B00", lo=-1.0, hi=2.0, shape=(2, 4, 4), data=maps),)
        links = (events.LinkShare(id="B00>F0", share=1.25), events.LinkShare(id="B11>F0", share=-0.25))
        shares = (events.NodeShares(node="F0", view="signal", links=links),)
        mix = (events.NodeMix(node="F0", links=("B00>F0", "B11>F0"), shape=(2, 4, 4), data=maps),)
        run.add(events.Captured(step=step, features=features, shares=shares, mix=mix, seconds=0.01, every=1))
    run.add(events.Evaluated(step=3, loss=0.6, metrics={"accuracy": 0.875}))
    run.add(events.Finished(steps=3, metrics={"accuracy": 0.875}))
    return run


def profile() -> Profile:
    latency = Latency(p50_ms=4.0, p95_ms=5.0, min_ms=3.9, iqr_ms=0.2, n=20, unstable=False)
    return Profile(
        name="small", device="cpu", device_name="A <fast> CPU", dtype="float32", input=(1, 16, 16), batch=1, threads=1,
        latency=latency, throughput=250.0, observed=None,
        nodes=(PartTime(id="B00", p50_ms=1.0, p95_ms=1.5), PartTime(id="B01", p50_ms=3.0, p95_ms=3.5)), links=(),
        memory=Memory(
            static_bytes=1024, inference_bytes=2 * 2**20, training_bytes=None, reserved_bytes=None, predicted_low=None,
            predicted_high=None, method="test",
        ),
        cross_check=(Count(tool="fvcore", params=100, macs=None, blind_to="attention"),),
        environment={"torch": "2"}, notes=("a note",),
    )  # fmt: skip


def test_report_of_a_document_alone() -> None:
    page, costs = Page(report(SPEC)), al.estimate(SPEC)
    assert page.open == []
    for value in (costs.params, costs.macs, costs.flops):
        assert numbers.exact(value) in page.text
    assert "Not counted: bias additions" in page.text
    assert "FLOPs = 2 × MACs" in page.text
    assert not re.search(r"Measured|Training", page.text)


def test_report_with_everything() -> None:
    page = Page(report(Chapter(spec=SPEC, profile=profile(), training=training())))
    assert page.open == []
    for words in (
        "4 ms",
        "A <fast> CPU",
        "fvcore",
        "attention",
        "not measured",
        "87.5 %",
        "-25.0 %",
        "125.0 %",
        "75.0 %",
    ):
        assert words in page.text, words
    assert {"picture", "svg", "table"} <= page.tags


def test_report_stands_alone_and_runs_nothing() -> None:
    text = report(Chapter(spec=SPEC.with_name(EVIL), profile=profile(), training=training()), title=EVIL)
    assert not ({"script", "link", "iframe", "object"} & Page(text).tags)
    outside = re.findall(r"""(?:src|href|srcset)=["'](?!data:)[^"']*""", text)
    assert outside == []
    assert not re.search(r"@import|url\(", text)


def test_several_documents_are_compared_first() -> None:
    other = al.unet(levels=1, channels=4, input="1x16x16", name="other")
    page = Page(report(Chapter(spec=SPEC, profile=profile()), other, title="both"))
    head = page.text[: page.text.index("Lattice")]
    assert "small" in head
    assert "other" in head
    assert "not measured" in head


def test_report_tells_what_is_wrong_with_a_document() -> None:
    page = Page(report(SPEC.with_block("B11", "Q9")))
    assert "What the check says" in page.text
    assert "Q9" in page.text
    assert "not known" in page.text


def test_a_failed_run_is_reported_as_such() -> None:
    run = training()
    run.add(events.Failed(step=2, reason="nan", message="The loss is not finite.", hint="Lower the learning rate."))
    assert (
        "Failed at step 2: The loss is not finite. Lower the learning rate."
        in Page(report(Chapter(spec=SPEC, training=run))).text
    )


def test_the_page_has_colours_for_dark_and_rules_for_print() -> None:
    text = report(SPEC)
    assert "@media screen and (prefers-color-scheme:dark)" in text
    assert "@media print" in text


def test_curves_draw_every_point() -> None:
    loss, metric = curves(training()).axes
    raw, smooth, held_out = loss.lines
    assert raw.get_xydata().tolist() == [[1, 2.0], [2, 1.0], [3, 0.5]]
    assert smooth.get_xydata()[:, 1].tolist() == [2.0, 1.0, 0.5]
    assert held_out.get_xydata().tolist() == [[3, 0.6]]
    assert metric.lines[0].get_xydata().tolist() == [[3, 0.875]]
    assert metric.get_title(loc="left") == "accuracy, held out"


def test_curves_of_a_run_that_said_nothing() -> None:
    loss, metric = curves(TrainResult(net=None)).axes  # type: ignore[arg-type]
    assert not loss.lines
    assert metric.get_title(loc="left") == "not evaluated"


def test_curves_as_svg_are_the_same_every_time() -> None:
    assert curves_svg(training()) == curves_svg(training())
    assert curves_svg(training(), "dark") != curves_svg(training())


@pytest.mark.parametrize(("window", "means"), [(1, [1, 3, 5]), (2, [1, 2, 4]), (9, [1, 2, 3])])
def test_smoothed(window: int, means: list[float]) -> None:
    assert smoothed([1, 3, 5], window) == means
