"""Each starting document learns: trainings of more than 10 s, run by `make figures`."""

from __future__ import annotations

import pytest

from archlab.templates import template
from archlab.trainer import run
from tests.figures import Figures

pytestmark = pytest.mark.long


@pytest.mark.parametrize("name", ["hrnet-3", "unet-3", "soanet-3"])
def test_a_template_learns_digits(name: str, figures: Figures) -> None:
    result = run(template(name), "digits", steps=300, evaluate_every=300, device="cpu", probes=False)
    assert result.ok, result.end
    assert result.metrics["accuracy"] > 0.9
    figures.keep(f"{name} on digits, 300 steps", device="cpu", accuracy=result.metrics["accuracy"])
