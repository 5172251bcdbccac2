"""The slow twin itself: it gives the original's outputs, and cuts as the papers' pictures do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.cells.original import CELLS, original
from tests.nn.slow.attention import tokens_of
from tests.nn.slow.twin import slow_cell

# section 3 of the original's specification on 16 x 16 with window 8 and patch 2; G halves its windows
CUT: dict[str, dict[str, Any]] = {
    "L1": {"window": (1, 8, 8), "patch": (1, 2, 2)},
    "G1": {"window": (1, 4, 4), "patch": (1, 2, 2)},
    "V2": {"window": (1, 8, 8)},
}


@pytest.mark.parametrize("name", CELLS)
def test_the_twin_gives_the_originals_outputs(name: str) -> None:
    recorded = original(name)
    fields = {"mixer": "conv", "arrangement": "sequential", "normalize_qk": True, "projection": "conv"}
    fields |= {"stride_qk": (1, 1, 1)}
    twin = slow_cell(recorded.code, SimpleNamespace(**fields | recorded.fields), CUT.get(recorded.code, {}))
    weights = {key: value.double() for key, value in recorded.weights.items()}
    torch.testing.assert_close(twin(recorded.x.double(), weights).float(), recorded.y, rtol=0, atol=1e-5)


def test_shifted_windows_are_those_of_a_rolled_and_masked_map() -> None:
    size, window, shift = (2, 8, 9), (2, 4, 3), (0, 2, 1)
    groups = tokens_of("pixels", size, window, shifted=True).groups
    seen = {(a.corner, b.corner) for group in groups for a in group for b in group}

    def region(axis: int, rolled: int) -> int:
        n, w, s = size[axis], window[axis], shift[axis]
        return 0 if rolled < n - w else 1 if rolled < n - s else 2

    pixels = [token.corner for group in groups for token in group]
    assert len(pixels) == len(set(pixels)) == 2 * 8 * 9
    expected = set()
    for a in pixels:
        for b in pixels:
            rolled = [[(i - s) % n for i, s, n in zip(p, shift, size, strict=True)] for p in (a, b)]
            same_window = all(i // w == j // w for i, j, w in zip(*rolled, window, strict=True))
            axes = [axis for axis in range(3) if shift[axis]]
            if same_window and all(region(axis, rolled[0][axis]) == region(axis, rolled[1][axis]) for axis in axes):
                expected.add((a, b))
    assert seen == expected


def test_places_in_a_shifted_window_are_those_after_the_roll() -> None:
    for group in tokens_of("pixels", (1, 8, 9), (1, 4, 3), shifted=True).groups:
        for token in group:
            (_, y, x), (_, row, column) = token.corner, token.place
            assert (row, column) == ((y - 2) % 8 % 4, (x - 1) % 9 % 3)
