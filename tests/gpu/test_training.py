"""Training and probes on CUDA; counted skips on a machine without it."""

from __future__ import annotations

import pytest
import torch

import archlab as al
from archlab.trainer import Probes, TrainResult, run

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
]

SPEC = al.hrnet(levels=2, channels=8, cells="C2", input="1x16x16")


@pytest.fixture(scope="module")
def result() -> TrainResult:
    return run(SPEC, steps=100, device="cuda", probes=Probes(mix=True))


def test_digits_are_learned_and_the_net_comes_home(result: TrainResult) -> None:
    assert result.ok, result.end
    assert result.started is not None
    assert result.started.device == "cuda"
    assert result.metrics["accuracy"] > 0.7
    assert {p.device.type for p in result.net.parameters()} == {"cpu"}


def test_shares_and_thumbnails_come_from_the_device(result: TrainResult) -> None:
    assert result.last is not None
    assert result.last.features
    assert result.last.mix
    for node in result.last.shares:
        assert sum(link.share or 0.0 for link in node.links) == pytest.approx(1, abs=1e-5)


def test_out_of_memory_is_an_event_and_the_device_stays_usable() -> None:
    huge = al.hrnet(levels=2, channels=512, cells="C2", input="3x1024x1024")
    failed = run(huge, "shapes", steps=1, batch_size=128, device="cuda", probes=False)
    assert failed.end is not None
    assert (failed.end.type, getattr(failed.end, "reason", "")) == ("failed", "oom")
    assert run(SPEC, steps=1, device="cuda", probes=False).ok
