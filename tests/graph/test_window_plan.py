"""Window and patch per level: the plan measured on SNRAware's own code (256x256, window 16, patch 2, five levels)."""

import pytest

from archlab.geometry.window_plan import DEFAULT_PATCH, DEFAULT_WINDOW, WindowPlan, Windows

MEASURED = {
    "mixed": [(16, 2), (16, 2), (8, 1), (8, 1), (4, 1)],
    "keep_num_window": [(16, 2), (8, 1), (4, 1), (2, 1), (1, 1)],
    "keep_window_size": [(16, 2), (16, 2), (16, 2), (16, 2), (8, 2)],
}


def plan(method, height=256, width=256, window=DEFAULT_WINDOW, patch=DEFAULT_PATCH):
    return WindowPlan(method=method, base=Windows(window, patch), full=(height, width))


@pytest.mark.parametrize("method", MEASURED)
def test_levels_of_a_pyramid(method):
    levels = [plan(method).level(level) for level in range(5)]
    assert [(w.window[1], w.patch[1]) for w in levels] == MEASURED[method]
    assert all(w.window[1] == w.window[2] and w.patch[1] == w.patch[2] for w in levels)


@pytest.mark.parametrize("method", MEASURED)
def test_depth_never_changes(method):
    assert plan(method, window=(5, 16, 16), patch=(3, 2, 2)).level(4).window[0] == 5
    assert plan(method, window=(5, 16, 16), patch=(3, 2, 2)).level(4).patch[0] == 3


def test_axes_are_independent():
    windows = plan("mixed", 256, 64, window=(1, 16, 8), patch=(1, 2, 4)).level(2)
    assert (windows.window, windows.patch) == ((1, 8, 4), (1, 1, 2))


@pytest.mark.parametrize("method", MEASURED)
def test_the_plan_of_one_level_does_not_depend_on_another(method):
    p = plan(method)
    alone = p.level(3)
    for level in (0, 4, 2, 1):
        p.level(level)
    assert p.level(3) == alone


def test_chain_of_stages():
    sizes = [(64, 64), (32, 32), (16, 16), (8, 8)]
    kept = [plan("mixed", 64, 64).stage(s, sizes) for s in range(4)]
    assert [w.window[1] for w in kept] == [16, 16, 8, 4]
    counted = [plan("keep_num_window", 64, 64).stage(s, sizes) for s in range(4)]
    assert [w.window[1] for w in counted] == [16, 8, 4, 2]


@pytest.mark.parametrize("method", MEASURED)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_tiny_maps_get_a_plan_of_at_least_one_pixel(method, size):
    for level in range(6):
        windows = plan(method, size, size).level(level)
        assert min(windows.window) >= 1
        assert min(windows.patch) >= 1
