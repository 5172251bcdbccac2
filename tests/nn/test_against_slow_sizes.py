"""Maps that the windows do not divide, maps of another size than the built one, and whatever hypothesis thinks of."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from archlab.document.feature_map import FeatureMap
from tests.nn.slow.twin import KINDS, compare, errors, make, module

BARE = {"mixer": "none", "heads": 2, "batch": 1}
PADDED: dict[str, dict[str, Any]] = {
    "L1": {"size": (7, 11), "window": (1, 4, 6), "patch": (1, 2, 3)},
    "G1": {"size": (7, 11), "window": (1, 8, 12), "patch": (1, 2, 3)},
    "L3": {"size": (5, 7, 11), "window": (2, 4, 6), "patch": (1, 2, 3)},
    "G3": {"size": (5, 7, 11), "window": (2, 4, 6), "patch": (1, 2, 3)},
    "V2": {"size": (9, 11), "window": (1, 4, 4)},
    "V3": {"size": (5, 9, 11), "window": (2, 4, 4)},
    "S3": {"size": (5, 5, 7), "window": (2, 2, 3)},
    "Sh": {"size": (5, 9, 7), "window": (2, 4, 3)},
}
# the window rounded up to whole patches, for G then halved in patches; the map filled up to whole windows
REAL = {
    "L1": {"window": (1, 4, 6), "patch": (1, 2, 3), "windows": (1, 2, 2), "patches": (1, 2, 2)},
    "G1": {"window": (1, 4, 6), "patch": (1, 2, 3), "windows": (1, 2, 2), "patches": (1, 2, 2)},
    "L3": {"window": (2, 4, 6), "patch": (1, 2, 3), "windows": (3, 2, 2), "patches": (2, 2, 2)},
    "G3": {"window": (2, 4, 6), "patch": (1, 2, 3), "windows": (3, 2, 2), "patches": (2, 2, 2)},
    "V2": {"window": (1, 4, 4), "windows": (1, 3, 3)},
    "V3": {"window": (2, 4, 4), "windows": (3, 3, 3)},
    "S3": {"window": (2, 2, 3), "windows": (3, 3, 3)},
    "Sh": {"window": (2, 4, 3), "windows": (3, 3, 3)},
}
FLAT = ["L1", "G1", "V2"]
OTHERWISE = [
    {"projection": "linear"},
    {"score": "dot", "normalize_qk": True},
    {"score": "dot", "normalize_qk": False},
    {"relative_position": False},
    {"output_projection": False},
    {"heads": 1},
    {"heads": 4},
    {"mixer": "linear", "mixer_ratio": 0.5},
    {"mixer": "linear", "mixer_ratio": 0.5, "arrangement": "parallel", "width": 6},
]


@pytest.mark.parametrize("code", PADDED)
def test_padded_windows_as_counted_by_hand(code: str) -> None:
    fields = dict(PADDED[code])
    x = FeatureMap(channels=4, size=fields.pop("size"))
    assert make(code, pad=True, **fields).effective(x) == REAL[code]
    assert errors(make(code, pad=False, heads=2, **fields), x, 4)


@pytest.mark.parametrize("code", PADDED)
def test_padding(code: str) -> None:
    compare(code, pad=True, **PADDED[code] | BARE)


@pytest.mark.parametrize("options", OTHERWISE, ids=str)
@pytest.mark.parametrize("code", FLAT)
def test_padding_with_every_option(code: str, options: dict[str, Any]) -> None:
    compare(code, pad=True, **PADDED[code] | BARE | options)


@pytest.mark.parametrize("heads", [1, 8, 12, 24])
@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("code", ["L1", "G1"])
def test_a_head_of_pixels_that_all_lie_outside_is_not_looked_at(code: str, projection: str, heads: int) -> None:
    compare(code, pad=True, **PADDED[code] | BARE | {"heads": heads, "projection": projection})


@pytest.mark.parametrize(
    ("code", "stride"), [("L1", (1, 2, 1)), ("L1", (1, 1, 3)), ("G1", (1, 2, 3)), ("V2", (1, 2, 2)), ("V2", (1, 4, 1))]
)
def test_padding_with_strided_queries_and_keys(code: str, stride: tuple[int, ...]) -> None:
    compare(code, pad=True, **PADDED[code] | BARE | {"stride_qk": stride})


def test_a_query_whose_keys_all_lie_outside_looks_at_all_of_them() -> None:
    """Here column 8 is there and its coarser keys of head 1, columns 10 and 14, are not."""
    fields = {"window": (1, 8, 8), "patch": (1, 4, 4), "heads": 4, "stride_qk": (1, 2, 2), "pad": True}
    compare("L0", (8, 9), channels=2, width=2, batch=1, **fields)


@pytest.mark.parametrize("projection", ["conv", "linear"])
@pytest.mark.parametrize("code", ["L1", "G1", "V2"])
def test_padding_with_the_bias_after_the_softmax(code: str, projection: str) -> None:
    compare(code, pad=True, **PADDED[code] | BARE | {"compat": "snraware", "projection": projection})


@pytest.mark.parametrize("code", ["L3", "G3", "V3"])
def test_padding_of_volumes_with_linear_projections(code: str) -> None:
    compare(code, pad=True, **PADDED[code] | BARE | {"projection": "linear"})


@pytest.mark.parametrize(
    ("code", "cut"),
    [
        ("L1", {"window": (1, 6, 6), "patch": (1, 2, 2), "windows": (1, 2, 2), "patches": (1, 3, 3)}),
        ("G1", {"window": (1, 2, 2), "patch": (1, 2, 2), "windows": (1, 4, 5), "patches": (1, 1, 1)}),
    ],
)
def test_a_window_of_no_whole_number_of_patches_is_rounded_up(code: str, cut: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"window": (1, 5, 5), "patch": (1, 2, 2), "pad": True, "mixer": "none", "heads": 4}
    assert make(code, **fields).effective(FeatureMap(channels=4, size=(7, 9))) == cut
    compare(code, (7, 9), **fields)


@pytest.mark.parametrize("code", FLAT)
def test_nothing_is_padded_where_the_sizes_divide(code: str) -> None:
    fields = {"window": (1, 4, 6), "heads": 2} | ({"patch": (1, 2, 3)} if code[0] in "LG" else {})
    x_map = FeatureMap(channels=4, size=(8, 12))
    plain, padded = make(code, **fields), make(code, pad=True, **fields)
    assert plain.effective(x_map) == padded.effective(x_map)
    nets = [module(part, x_map, 4) for part in (plain, padded)]
    x = torch.randn(1, 4, 8, 12, dtype=torch.float64)
    assert torch.equal(nets[0](x), nets[1](x))


# Built for 8 x 12 (x 4), run on another size. L keeps window and patch; G and V keep the number of windows.
ELSEWHERE: list[tuple[str, tuple[int, ...], tuple[int, ...], dict[str, Any], dict[str, Any]]] = [
    ("L1", (8, 12), (4, 18), {"window": (1, 4, 6), "patch": (1, 2, 3)}, {"window": (1, 4, 6), "patch": (1, 2, 3)}),
    ("G1", (8, 12), (4, 24), {"window": (1, 8, 12), "patch": (1, 2, 3)}, {"window": (1, 2, 12), "patch": (1, 2, 3)}),
    ("L3", (4, 8, 6), (2, 4, 12), {"window": (2, 4, 6), "patch": (1, 2, 3)}, {"window": (2, 4, 6), "patch": (1, 2, 3)}),
    ("G3", (4, 8, 6), (2, 4, 12), {"window": (2, 4, 3), "patch": (1, 2, 3)}, {"window": (1, 2, 6), "patch": (1, 2, 3)}),
    ("V2", (8, 12), (4, 18), {"window": (1, 4, 6)}, {"window": (1, 2, 9)}),
    ("V3", (4, 8, 12), (2, 4, 18), {"window": (2, 4, 6)}, {"window": (1, 2, 9)}),
    ("S3", (4, 8, 6), (2, 4, 9), {"window": (2, 4, 3)}, {"window": (2, 4, 3)}),
    ("Sh", (4, 4, 6), (6, 4, 6), {"window": (2, 2, 3)}, {"window": (2, 2, 3)}),
    # an axis of one window is not shifted, whatever the built one had
    ("Sh", (4, 4, 6), (2, 4, 6), {"window": (2, 4, 3)}, {"window": (2, 4, 3)}),
    ("T1", (3, 4, 6), (5, 6, 4), {}, {}),
    ("C2", (3, 4, 6), (5, 6, 4), {}, {}),
    ("C3", (3, 4, 6), (5, 6, 4), {}, {}),
]


@pytest.mark.parametrize(
    ("code", "size", "run", "asked", "real"), ELSEWHERE, ids=[f"{e[0]}-{e[1]}-{e[2]}" for e in ELSEWHERE]
)
def test_another_size_at_run_time(code: str, size: Any, run: Any, asked: dict[str, Any], real: dict[str, Any]) -> None:
    heads = {} if code[0] == "C" else {"heads": 2}
    compare(code, size, run=run, real=real, batch=1, mixer="none", **heads, **asked)


@pytest.mark.parametrize("run", [(3, 6, 4), (1, 8, 12), (5, 12, 8)], ids=str)
@pytest.mark.parametrize("code", ["L1", "G1", "V2", "T1", "C2"])
def test_any_number_of_frames(code: str, run: tuple[int, ...]) -> None:
    fields: dict[str, Any] = {} if code[0] == "C" else {"heads": 2}
    if code[0] not in "CT":
        fields["window"] = (1, *run[1:]) if code[0] in "LG" else (1, run[1] // 2, run[2] // 2)
    if code[0] in "LG":
        fields["patch"] = (1, run[1] // 2, run[2] // 2)
    real = make(code, **fields).effective(FeatureMap(channels=4, size=run[1:])) or {}
    compare(code, (2, *run[1:]), run=run, real=real, batch=1, mixer="none", **fields)


EXTENT = st.integers(1, 5)
TRIPLE = st.tuples(st.integers(1, 3), EXTENT, EXTENT)


@st.composite
def cells(draw: st.DrawFn) -> tuple[str, tuple[int, ...], int, dict[str, Any]]:
    """A code, a map, a width and fields."""
    code = draw(st.sampled_from([*KINDS, "T0", "T1"]))
    size = draw(st.tuples(st.integers(1, 4), st.integers(2, 8), st.integers(2, 8)))
    size = draw(st.sampled_from([size, size[1:]]))
    fields: dict[str, Any] = {
        "heads": draw(st.sampled_from([1, 2, 3, 4, 6])),
        "score": draw(st.sampled_from(["cosine", "dot"])),
        "normalize_qk": draw(st.booleans()),
        "output_projection": draw(st.booleans()),
        "arrangement": draw(st.sampled_from(["sequential", "parallel"])),
        "mixer": draw(st.sampled_from(["none", "none", "conv"])),
        "mixer_ratio": 0.5,
    }
    if code[0] == "T":
        fields |= {"causal": draw(st.booleans()), "heads_over": draw(st.sampled_from(["channels", "features"]))}
    else:
        fields |= {
            "window": draw(TRIPLE),
            "projection": draw(st.sampled_from(["conv", "linear"])),
            "relative_position": draw(st.booleans()),
            "pad": draw(st.booleans()),
            "mixer": draw(st.sampled_from(["none", "none", "conv", "linear"])),
        }
    if code[0] in "LG":
        fields["patch"] = draw(TRIPLE)
    if code[0] != "S":
        stride = st.sampled_from([1, 1, 1, 2])
        fields["stride_qk"] = draw(st.tuples(st.just(1) if code[0] == "T" else stride, stride, stride))
    return code, size, draw(st.sampled_from([2, 3, 4, 6])), fields


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cells())
def test_whatever_is_admitted_is_right(drawn: tuple[str, tuple[int, ...], int, dict[str, Any]]) -> None:
    code, size, width, fields = drawn
    assume(not errors(make(code, **fields), FeatureMap(channels=3, size=size), width))
    compare(code, size, channels=3, width=width, batch=1, **fields)
