"""Every way in which the attention is computed gives what the slow twin gives: whole, in pieces, by torch's kernels."""

from __future__ import annotations

from typing import Any

import pytest

from archlab.nn import attention, pieces
from tests.nn.slow.twin import compare

SCORES = [{"score": "cosine"}, {"score": "dot", "normalize_qk": False}]
CASES: dict[str, dict[str, Any]] = {
    "T0": {"size": (4, 4, 6)},
    "T0 causal": {"size": (4, 4, 6), "causal": True},
    "L0": {"size": (8, 12), "window": (1, 8, 6), "patch": (1, 2, 3)},
    "L0 padded": {"size": (7, 11), "window": (1, 4, 6), "patch": (1, 2, 3), "pad": True},
    "G0 padded": {"size": (7, 11), "window": (1, 8, 12), "patch": (1, 2, 3), "pad": True},
    "L3 padded": {"size": (3, 3, 5), "window": (2, 2, 3), "patch": (1, 2, 1), "pad": True},
    "V2 padded": {"size": (9, 11), "window": (1, 4, 4), "pad": True},
    "Sh": {"size": (4, 4, 3), "window": (2, 2, 3)},
}
BARE = {"mixer": "none", "heads": 2, "batch": 2, "channels": 3}


def hold(case: str, **fields: Any) -> None:
    compare(case.split()[0], **CASES[case] | BARE | fields)


@pytest.mark.parametrize("score", SCORES, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_in_pieces(case: str, score: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few groups, and of a few queries of a single group."""
    for scores, rows in ((50, 1), (100, 5)):
        monkeypatch.setattr(pieces, "SCORES", scores)
        monkeypatch.setattr(pieces, "FEWEST_ROWS", rows)
        hold(case, **score)


@pytest.mark.parametrize("score", SCORES, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_by_the_kernels_of_torch(case: str, score: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, and wherever a graph is traced."""
    monkeypatch.setattr(attention, "_in_pieces", lambda value: False)
    hold(case, **score)


@pytest.mark.parametrize("case", CASES)
def test_as_the_formula_is_written(case: str) -> None:
    """The way that dropout takes; so little of it that none is dropped."""
    hold(case, attention_dropout=1e-14)


@pytest.mark.parametrize("way", ["pieces", "kernels", "formula"])
@pytest.mark.parametrize("case", [case for case in CASES if case[0] in "LGV"])
def test_a_bias_after_the_softmax(case: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "SCORES", 50)
    monkeypatch.setattr(pieces, "FEWEST_ROWS", 3)
    if way == "kernels":
        monkeypatch.setattr(attention, "_in_pieces", lambda value: False)
    hold(case, compat="snraware", attention_dropout=1e-14 if way == "formula" else 0.0)
