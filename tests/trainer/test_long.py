"""Each starting document learns: trainings of more than 10 s, run by `make figures`."""

from __future__ import annotations

import pytest

from archlab.templates import template
from archlab.trainer import run
from tests.figures import Figures

pytestmark = pytest.mark.long


STEPS = {"hrnet-3": 300, "unet-3": 300, "soanet-3": 300, "hrnetv2-mini": 300, "hrvit-mini": 300, "swin-mini": 600}


@pytest.mark.parametrize(("name", "steps"), STEPS.items())
def test_a_template_learns_digits(name: str, steps: int, figures: Figures) -> None:
    result = run(template(name), "digits", steps=steps, evaluate_every=steps, device="cpu", probes=False)
    assert result.ok, result.end
    assert result.metrics["accuracy"] > 0.9
    figures.keep(f"{name} on digits, {steps} steps", device="cpu", accuracy=result.metrics["accuracy"])


def test_the_small_classical_unet_learns_shapes(figures: Figures) -> None:
    settings = {"steps": 300, "evaluate_every": 300, "lr": 0.01, "device": "cpu", "probes": False}
    result = run(template("unet-mini"), "shapes", **settings)  # type: ignore[arg-type]
    assert result.ok, result.end
    assert result.metrics["iou"] > 0.7
    figures.keep("unet-mini on shapes, 300 steps", device="cpu", iou=result.metrics["iou"])
