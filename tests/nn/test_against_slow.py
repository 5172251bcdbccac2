"""Every attention cell against its slow float64 twin: outputs and the gradient of every parameter."""

from __future__ import annotations

from typing import Any

import pytest

from archlab.document.feature_map import FeatureMap
from tests.nn.slow.twin import compare, compare_single, make

# Not square anywhere: neither map, window, patch, nor the counts of windows and patches.
PLACES: dict[str, dict[str, Any]] = {
    "T1": {"size": (3, 4, 6), "heads": 2},
    "L1": {"size": (8, 12), "window": (1, 8, 6), "patch": (1, 2, 3), "heads": 4},
    "G1": {"size": (8, 12), "window": (1, 4, 12), "patch": (1, 2, 3), "heads": 4},
    "L3": {"size": (4, 8, 12), "window": (4, 4, 6), "patch": (2, 2, 2), "heads": 4},
    "G3": {"size": (4, 4, 12), "window": (2, 4, 4), "patch": (1, 2, 2), "heads": 4},
    "V2": {"size": (8, 12), "window": (1, 4, 4), "heads": 4},
    "V3": {"size": (4, 8, 12), "window": (2, 4, 4), "heads": 4},
    "S3": {"size": (4, 4, 6), "window": (2, 2, 3), "heads": 2},
    "Sh": {"size": (4, 8, 3), "window": (2, 4, 3), "heads": 2},
}
WINDOWED = [code for code in PLACES if code != "T1"]
PATCHED = ["L1", "G1", "L3", "G3"]
VOLUMES = ["L3", "G3", "V3", "S3", "Sh"]

REAL = {
    "L1": {"window": (1, 8, 6), "patch": (1, 2, 3), "windows": (1, 1, 2), "patches": (1, 4, 2)},
    "G1": {"window": (1, 2, 6), "patch": (1, 2, 3), "windows": (1, 4, 2), "patches": (1, 1, 2)},
    "L3": {"window": (4, 4, 6), "patch": (2, 2, 2), "windows": (1, 2, 2), "patches": (2, 2, 3)},
    "G3": {"window": (2, 4, 4), "patch": (1, 2, 2), "windows": (2, 1, 3), "patches": (2, 2, 2)},
    "V2": {"window": (1, 4, 4), "windows": (1, 2, 3)},
    "V3": {"window": (2, 4, 4), "windows": (2, 2, 3)},
    "S3": {"window": (2, 2, 3), "windows": (2, 2, 2)},
    "Sh": {"window": (2, 4, 3), "windows": (2, 2, 1)},
}

BARE = {"mixer": "none"}


@pytest.mark.parametrize("code", WINDOWED)
def test_windows_and_patches_as_counted_by_hand(code: str) -> None:
    fields = dict(PLACES[code])
    x = FeatureMap(channels=4, size=fields.pop("size"))
    assert make(code, **fields).effective(x) == REAL[code]


SCORES = [
    {"score": "cosine"},
    {"score": "dot", "normalize_qk": True},
    {"score": "dot", "normalize_qk": False},
    {"score": "dot", "normalize_qk": False, "output_projection": False},
]


@pytest.mark.parametrize("score", SCORES, ids=str)
@pytest.mark.parametrize("code", PLACES)
def test_scores(code: str, score: dict[str, Any]) -> None:
    compare(code, **{"heads": 2} | PLACES[code] | {"heads": 2} | BARE | score)


@pytest.mark.parametrize(
    ("code", "heads"),
    [(code, n) for code in ("L1", "G1") for n in (1, 4, 8, 12)]
    + [(code, n) for code in ("L3", "G3", "V2", "V3") for n in (1, 4, 16)],
)
def test_heads_are_consecutive_features_of_a_token(code: str, heads: int) -> None:
    compare(code, **PLACES[code] | BARE | {"heads": heads, "batch": 1})


@pytest.mark.parametrize("heads", [1, 4])
@pytest.mark.parametrize("code", ["T1", "S3", "Sh"])
def test_heads_are_channels(code: str, heads: int) -> None:
    compare(code, **PLACES[code] | BARE | {"heads": heads})


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("relative_position", [True, False])
@pytest.mark.parametrize("width", [4, 6])
@pytest.mark.parametrize("code", WINDOWED)
def test_projections_with_and_without_position(code: str, width: int, relative_position: bool, projection: str) -> None:
    options = {"projection": projection, "relative_position": relative_position, "width": width, "heads": 2}
    compare(code, **PLACES[code] | BARE | options)


STRIDES = {
    "T1": [(1, 2, 2), (1, 4, 3)],
    "L1": [(1, 2, 3), (1, 1, 3)],
    "G1": [(1, 2, 1), (1, 2, 3)],
    "L3": [(2, 1, 2), (1, 2, 1)],
    "G3": [(1, 2, 2), (1, 1, 2)],
    "V2": [(1, 4, 2), (1, 2, 2)],
    "V3": [(2, 2, 4), (1, 2, 2)],
}


@pytest.mark.parametrize(("code", "stride"), [(code, stride) for code, some in STRIDES.items() for stride in some])
@pytest.mark.parametrize("score", ["cosine", "dot"])
def test_strided_queries_and_keys(code: str, stride: tuple[int, ...], score: str) -> None:
    options = {"stride_qk": stride, "score": score, "normalize_qk": False, "heads": 2}
    compare(code, **PLACES[code] | BARE | options)


@pytest.mark.parametrize("size", [(6, 12), (1, 6, 12), (3, 6, 12)], ids=str)
@pytest.mark.parametrize("code", PLACES)
def test_frames_and_volumes(code: str, size: tuple[int, ...]) -> None:
    windows = {} if code == "T1" else {"window": (3, 3, 6) if code[0] in "SV" else (3, 6, 6)}
    windows |= {"patch": (1, 3, 2)} if code in PATCHED else {}
    compare(code, size, heads=2, width=6, mixer_ratio=0.5, **windows)


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("code", [code for code in WINDOWED if code not in ("S3", "Sh")])
def test_bias_after_the_softmax_for_the_originals_sake(code: str, projection: str) -> None:
    compare(code, **PLACES[code] | BARE | {"compat": "snraware", "projection": projection})


@pytest.mark.parametrize("arrangement", ["sequential", "parallel"])
@pytest.mark.parametrize("compat", ["none", "snraware"])
@pytest.mark.parametrize("code", WINDOWED)
def test_linear_mixers(code: str, compat: str, arrangement: str) -> None:
    options = {"mixer": "linear", "mixer_ratio": 0.5, "width": 6, "heads": 2, "batch": 1, "relative_position": False}
    compare(code, **PLACES[code] | options | {"compat": compat, "arrangement": arrangement})


@pytest.mark.parametrize("score", SCORES[:3], ids=str)
@pytest.mark.parametrize("code", ["T0", "T1"])
def test_causal_frames(code: str, score: dict[str, Any]) -> None:
    compare(code, (4, 4, 6), heads=2, causal=True, **BARE | score)


@pytest.mark.parametrize("options", [{"heads": 2}, {"heads": 8}, {"heads": 12, "causal": True, "width": 6}], ids=str)
def test_heads_over_all_features_of_a_frame(options: dict[str, Any]) -> None:
    compare("T1", (3, 4, 6), heads_over="features", **BARE | options)


def test_heads_over_features_with_stride() -> None:
    compare(
        "T1",
        (3, 4, 6),
        heads_over="features",
        heads=8,
        stride_qk=(1, 2, 3),
        mixer="none",
        score="dot",
        normalize_qk=False,
    )


@pytest.mark.parametrize("code", PLACES)
def test_single_precision(code: str) -> None:
    assert compare_single(code, **PLACES[code] | {"mixer_ratio": 0.5, "width": 8}) < 1e-5


@pytest.mark.parametrize("code", WINDOWED)
@pytest.mark.parametrize("score", SCORES[1:3], ids=str)
def test_single_precision_of_products(code: str, score: dict[str, Any]) -> None:
    # two features per head would be brought to plus and minus one: a jump, not a number to compare
    assert compare_single(code, **PLACES[code] | BARE | {"heads": 1, "width": 8} | score) < 1e-5


@pytest.mark.parametrize("code", ["T0", "L0", "G0"])
def test_codes_without_mixer(code: str) -> None:
    compare(code, **PLACES[code[0] + "1"] | {"width": 8})
