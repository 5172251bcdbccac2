"""`problems()` says exactly what does not work, and what would."""

from __future__ import annotations

import random
import re
from itertools import product
from typing import Any

import msgspec
import pytest
import torch

from archlab.cells.convolution.cells import Convolution
from archlab.cells.temporal.cells import TemporalAttention
from archlab.cells.windows.base import WindowCell as WindowOptions
from archlab.cells.windows.cells import GlobalAttention, LocalAttention
from archlab.document.diagnostics import Problem
from archlab.document.feature_map import FeatureMap
from archlab.geometry.fitting import fit_axis
from archlab.geometry.nearest import around, divisors
from archlab.parts.cell import Cell


def told(cell: Cell, x: FeatureMap, width: int) -> dict[str, Problem]:
    problems = list(cell.problems(x, width))
    assert len({p.code for p in problems}) == len(problems)
    for p in problems:
        assert p.message.endswith(".")
        assert p.hint.startswith("Use ")
        assert p.hint.endswith(".")
    return {p.code: p for p in problems}


def works(cell: Cell, x: FeatureMap, width: int) -> bool:
    """Whether the cell builds, and trains a step on a batch of two."""
    try:
        net = cell.build(x, width)
        y = net(torch.randn(x.shape(2)))
        y.square().sum().backward()
    except (ValueError, RuntimeError, ZeroDivisionError, UserWarning):  # torch warns of layers without channels
        return False
    assert y.shape == cell.out(x, width).shape(2)
    return bool(y.isfinite().all()) and all(p.grad is not None for p in net.parameters())


@pytest.mark.parametrize("seed", range(10))
def test_problems_are_complete_and_never_wrong(seed: int) -> None:
    rng = random.Random(seed)
    seen = {True: 0, False: 0}
    for _ in range(30):
        height, width = rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 12]), rng.choice([1, 2, 4, 6, 7, 8, 10])
        size = (height, width) if rng.random() < 0.5 else (rng.choice([1, 2, 3]), height, width)
        x = FeatureMap(channels=rng.choice([1, 2, 3, 4]), size=size)
        out = rng.choice([1, 2, 3, 4])
        residual: dict[str, Any] = {
            "mixer": rng.choice(["conv", "none"]),
            "mixer_ratio": rng.choice([0.25, 1.0, 2.0]),
            "norm": rng.choice(["instance2d", "instance3d", "batch2d", "layer", "layer3d"]),
            "arrangement": rng.choice(["sequential", "parallel"]),
            "drop_path": 0.0,
        }
        attention = {
            "heads": rng.choice([1, 2, 4, 8]),
            "score": rng.choice(["cosine", "dot"]),
            "output_projection": rng.random() < 0.5,
        }
        windows = {
            "window": tuple(rng.choice([1, 2, 3, 4, 5, 8]) for _ in range(rng.choice([2, 3]))),
            "patch": tuple(rng.choice([1, 2, 3, 4]) for _ in range(3)),
            "projection": rng.choice(["conv", "linear"]),
            "relative_position": rng.random() < 0.5,
        }
        cell = rng.choice(
            [
                Convolution(**residual),
                TemporalAttention(**residual, **attention, heads_over="features"),
                LocalAttention(**residual, **attention, **windows),
                LocalAttention(**residual | {"mixer": "linear"}, **attention, **windows),
                GlobalAttention(**residual, **attention, **windows),
            ]
        )
        problems = told(cell, x, out)
        sound = not any(p.severity == "error" for p in problems.values())
        assert works(cell, x, out) == sound, (cell, x, out, problems)
        seen[sound] += 1
    assert min(seen.values()) > 3


def test_the_sentence_about_windows() -> None:
    deep = FeatureMap(channels=32, size=(25, 25), stride=(8, 8))
    problem = told(LocalAttention(window=(8, 8), patch=(1, 1)), deep, 32)["AL201"]
    assert problem.field == "window"
    assert problem.message == "25x25 cannot be cut into windows of 8x8."
    assert problem.hint == "Use window 5 or 25, or an input of 192x192, or pad true."
    wide = FeatureMap(channels=32, size=(24, 50), stride=(4, 4))
    problem = told(LocalAttention(window=(8, 16), patch=(2, 2)), wide, 32)["AL201"]
    assert problem.message == "24x50 cannot be cut into windows of 8x16."
    assert problem.hint == "Use window 8x10 or 8x50, or an input of 96x192, or pad true."
    problem = told(GlobalAttention(window=(1, 8, 8), patch=(1, 2, 2)), deep, 32)["AL201"]
    assert "25x25 cannot be cut into windows of 8x8, halved to 4x4" in problem.message


def test_the_sentence_about_patches() -> None:
    x = FeatureMap(channels=16, size=(28, 28))
    problem = told(LocalAttention(window=(16, 16), patch=(2, 2)), x, 16)["AL202"]
    assert problem.field == "patch"
    assert problem.message == "windows of 28x28 cannot be cut into patches of 2x2."
    assert problem.hint == "Use patch 1 or 28, or window 14 or 28, or pad true."


def suggestions(problem: Problem) -> list[tuple[str, tuple[int, int]]]:
    found = []
    for name, *values in re.findall(r"(window|patch) ([0-9x]+)(?: or ([0-9x]+))?", problem.hint):
        found += [(name, (int(v.split("x")[0]), int(v.split("x")[-1]))) for v in values if v]
    return found


@pytest.mark.parametrize("cls", [LocalAttention, GlobalAttention])
def test_every_suggestion_works(cls: type[WindowOptions]) -> None:
    checked = 0
    for height, width, window, patch in product((9, 20, 25), (14, 30), (6, 16), (2, 3)):
        x = FeatureMap(channels=8, size=(height, width), stride=(4, 4))
        cell = cls(window=(window, window), patch=(patch, patch), heads=1)
        for problem in told(cell, x, 8).values():
            for name, pair in suggestions(problem):
                mended = msgspec.structs.replace(cell, **{name: pair})
                assert told(mended, x, 8) == {}, (cell, x, problem)
                checked += 1
            size = re.search(r"input of (\d+)x(\d+)", problem.hint)
            if size:
                larger = FeatureMap(channels=8, size=(int(size[1]) // 4, int(size[2]) // 4), stride=(4, 4))
                assert told(cell, larger, 8) == {}
                checked += 1
    assert checked > 15


def test_heads() -> None:
    x = FeatureMap(channels=12, size=(2, 8, 8))
    problem = told(TemporalAttention(heads=5), x, 12)["AL203"]
    assert problem.field == "heads"
    assert problem.message == "12 channels cannot be shared out among 5 heads."
    assert problem.hint == "Use heads 4 or 6."
    problem = told(LocalAttention(heads=7, window=(4, 4)), x, 12)["AL203"]
    assert "48 features" in problem.message
    assert problem.hint == "Use heads 6 or 8."
    assert "AL203" not in told(LocalAttention(heads=48, window=(4, 4)), x, 12)


def test_one_feature_per_head_cannot_be_normalised() -> None:
    x = FeatureMap(channels=2, size=(4, 4))
    options: dict[str, Any] = {"window": (2, 2), "patch": (1, 1), "heads": 2}
    problem = told(LocalAttention(score="dot", **options), x, 2)["AL206"]
    assert problem.field == "normalize_qk"
    assert problem.hint == 'Use heads 1, or normalize_qk false, or score "cosine".'
    assert told(LocalAttention(score="dot", normalize_qk=False, **options), x, 2) == {}
    assert told(LocalAttention(**options), x, 2) == {}


def test_small_maps_are_explained() -> None:
    dot = FeatureMap(channels=4, size=(1, 1), stride=(32, 32))
    problems = told(Convolution(), dot, 4)
    assert set(problems) == {"AL204", "AL205"}
    assert problems["AL204"].hint == "Use an input of at least 64x64, or fewer levels."
    assert problems["AL205"].hint == "Use an input of at least 64x64."
    strip = FeatureMap(channels=4, size=(1, 16))
    assert set(told(Convolution(), strip, 4)) == {"AL204"}
    linear = LocalAttention(
        window=(1, 1), patch=(1, 1), heads=1, projection="linear", mixer="none", output_projection=False, norm="layer"
    )
    assert told(linear, dot, 4) == {}
    assert works(linear, dot, 4)


def test_batch_norm_of_a_single_value_is_a_warning() -> None:
    dot = FeatureMap(channels=4, size=(1, 1))
    problem = told(Convolution(norm="batch2d"), dot, 4)["AL209"]
    assert problem.severity == "warning"
    assert problem.field == "norm"


def test_a_mixer_without_channels() -> None:
    problem = told(Convolution(mixer_ratio=0.125), FeatureMap(channels=4, size=(4, 4)), 4)["AL207"]
    assert problem.field == "mixer_ratio"
    assert problem.hint == "Use mixer_ratio 0.25 or more."


@pytest.mark.parametrize("size", [(8, 8), (1, 8, 8)])
def test_time_of_a_single_frame_is_a_warning_and_works(size: tuple[int, ...]) -> None:
    x = FeatureMap(channels=4, size=size)
    (problem,) = told(TemporalAttention(heads=2), x, 4).values()
    assert (problem.code, problem.severity) == ("AL208", "warning")
    assert works(TemporalAttention(heads=2), x, 4)
    assert told(TemporalAttention(heads=2), FeatureMap(channels=4, size=(2, 8, 8)), 4) == {}


@pytest.mark.parametrize(
    ("size", "window", "patch", "halved", "expected"),
    [
        (64, 16, 2, False, (4, 16, 8, 2)),
        (64, 16, 2, True, (8, 8, 4, 2)),
        (40, 16, 2, False, (2, 20, 10, 2)),  # stretched to a divisor
        (28, 16, 2, False, (1, 28, 9, 3)),  # stretched so far that the patches leave a rest
        (50, 16, 2, False, (3, 16, 8, 2)),
        (4, 16, 2, False, (1, 4, 4, 1)),
        (8, 4, 4, True, (4, 2, 1, 2)),  # one patch a window: it shrinks with its window
        (2, 1, 1, True, (2, 1, 1, 1)),  # nothing left to halve
        (10, 5, 1, True, (5, 2, 2, 1)),
    ],
)
def test_cutting_an_axis(size: int, window: int, patch: int, halved: bool, expected: tuple[int, ...]) -> None:
    fit = fit_axis(size, window, patch, halved=halved)
    assert (fit.windows, fit.window, fit.patches, fit.patch) == expected
    assert fit.legal == (fit.windows * fit.window == size and fit.patches * fit.patch == fit.window)


def test_effective_tells_what_is_really_used() -> None:
    x = FeatureMap(channels=8, size=(4, 32, 64))
    options: dict[str, Any] = {"window": (9, 16, 8), "patch": (9, 2, 4)}
    used = {"window": (1, 16, 8), "windows": (1, 2, 8), "patch": (1, 2, 4), "patches": (1, 8, 2)}
    assert LocalAttention(**options).effective(x) == used
    used = {"window": (1, 8, 4), "windows": (1, 4, 16), "patch": (1, 2, 4), "patches": (1, 4, 1)}
    assert GlobalAttention(**options).effective(x) == used
    stretched = FeatureMap(channels=8, size=(40, 40))
    used = {"window": (1, 20, 20), "windows": (1, 2, 2), "patch": (1, 2, 2), "patches": (1, 10, 10)}
    assert LocalAttention(window=(16, 16), patch=(2, 2)).effective(stretched) == used
    assert LocalAttention(window=(16, 16), patch=(2, 2)).effective(FeatureMap(channels=8, size=(28, 28))) == {}


def test_neighbours() -> None:
    assert divisors(12) == (1, 2, 3, 4, 6, 12)
    assert divisors(1) == (1,)
    assert around(5, divisors(12), lambda n: True) == (4, 6)
    assert around(13, divisors(12), lambda n: n < 5) == (4,)
    assert around(1, [], lambda n: True) == ()


def test_heads_that_are_named_fit_strided_queries_and_leave_them_something_to_normalise() -> None:
    x = FeatureMap(channels=6, size=(8, 8))
    options: dict[str, Any] = {"window": (4, 4), "patch": (2, 2), "stride_qk": (1, 2, 1), "score": "dot"}
    problem = told(LocalAttention(heads=8, **options), x, 6)["AL203"]
    assert (
        problem.message
        == "a patch of 2 strided pixels with 6 channels (12 features) cannot be shared out among 8 heads."
    )
    assert problem.hint == "Use heads 6."  # not 12, with one feature each
    assert told(LocalAttention(heads=6, **options), x, 6) == {}
    frame = FeatureMap(channels=2, size=(2, 6, 3))
    temporal: dict[str, Any] = {"stride_qk": (1, 1, 2), "heads_over": "features"}
    problem = told(TemporalAttention(heads=8, **temporal), frame, 2)["AL203"]
    assert problem.message == "36 and 24 numbers of a frame cannot be shared out among 8 heads."
    assert problem.hint == "Use heads 6 or 12."
    assert told(TemporalAttention(heads=12, **temporal), frame, 2) == {}


def test_heads_over_features_is_named_where_it_helps() -> None:
    x = FeatureMap(channels=6, size=(2, 4, 4))
    assert told(TemporalAttention(heads=16), x, 6)["AL203"].hint == 'Use heads 6, or heads_over "features".'
    assert told(TemporalAttention(heads=5), x, 6)["AL203"].hint == "Use heads 3 or 6."


def test_one_fault_of_a_patch_at_a_time() -> None:
    """Heads are counted on strided patches, and there are none."""
    x = FeatureMap(channels=6, size=(8, 8))
    cell = LocalAttention(window=(4, 4), patch=(1, 2), stride_qk=(1, 2, 1), heads=8)
    assert set(told(cell, x, 6)) == {"AL210"}


def test_the_pixels_that_a_mixer_mirrors() -> None:
    strip = FeatureMap(channels=4, size=(1, 8), stride=(2, 2))
    problem = told(Convolution(mixer_kernel=7), strip, 4)["AL204"]
    assert problem.hint == "Use an input of at least 8x8, or fewer levels."
    assert "AL204" not in told(Convolution(mixer_kernel=7), FeatureMap(channels=4, size=(4, 8)), 4)
    narrow = FeatureMap(channels=4, size=(3, 8))
    problem = told(Convolution(mixer_kernel=7), narrow, 4)["AL204"]
    assert problem.hint == "Use mixer_kernel 5, or an input of at least 4x4."
    assert told(Convolution(mixer_kernel=5), narrow, 4) == {}
