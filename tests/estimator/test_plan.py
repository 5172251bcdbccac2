"""The window plan says what the cells do."""

from __future__ import annotations

import pytest

import archlab as al
from archlab.estimator.plan import PlanRow


def plan(cells: str, input: str, **options: object) -> tuple[PlanRow, ...]:
    return al.estimate(al.soanet(stages=1, cells=cells, channels=16, input=input, **options)).plan


def test_windows_and_patches_cover_the_map() -> None:
    spec = al.hrnet(levels=3, cells="T1L1G1", channels=16, input="3x8x64x32", window=(1, 8, 8), patch=(1, 2, 2))
    rows = al.estimate(spec).plan
    assert {row.code for row in rows} == {"L1", "G1"}
    for row in rows:
        assert [n * w for n, w in zip(row.windows[1:], row.window[1:], strict=True)] == list(row.size[1:])
        assert row.patch is not None
        assert row.patches is not None
        assert [m * p for m, p in zip(row.patches, row.patch, strict=True)] == list(row.window)


@pytest.mark.parametrize(
    ("cells", "input", "options", "changes", "note"),
    [
        ("L1", "3x64x64", {"window": (1, 16, 16)}, (), ""),
        ("L1", "3x40x40", {"window_sizing": "keep_num_window"}, ("level",), "for the level: window 16x16 -> 20x20"),
        ("G1", "3x64x64", {"window": (1, 16, 16)}, ("halved",), "halved, for attention across windows"),
    ],
)
def test_a_change_is_marked_and_told(
    cells: str, input: str, options: dict[str, object], changes: tuple[str, ...], note: str
) -> None:
    (row,) = plan(cells, input, **options)
    assert (row.changes, row.note) == (changes, note)


def test_a_cell_s_own_window_is_stretched_to_divide_the_map() -> None:
    spec = al.soanet(stages=1, channels=16, input="3x40x40").with_block("stage0", [{"code": "L1", "window": [16, 16]}])
    (row,) = al.estimate(spec).plan
    assert (row.asked_window, row.planned_window, row.window) == ((1, 16, 16), (1, 16, 16), (1, 20, 20))
    assert row.changes == ("stretched",)
    assert row.note == "16x16 stretched to divide the map"


def test_frames_are_cut_one_by_one() -> None:
    (row,) = plan("L1", "3x8x32x32", window=(1, 8, 8))
    assert row.text == "each of 8 frames 32x32: 4x4 windows of 8x8 pixels, each of 4x4 patches of 2x2"


def test_cells_that_cut_alike_share_a_row() -> None:
    first, second = plan("L1G1L1L1", "3x64x64")
    assert (first.cells, second.cells) == ((0, 2, 3), (1,))


def test_windows_that_do_not_fit_have_no_row_but_a_diagnostic() -> None:
    spec = al.soanet(stages=1, channels=16, input="3x28x28").with_block("stage0", [{"code": "L1", "patch": [3, 3]}])
    result = al.estimate(spec)
    assert result.plan == ()
    assert [d.code for d in result.diagnostics] == ["AL202"]


@pytest.mark.parametrize(
    ("code", "tokens", "text"),
    [
        ("L1", 16, "each of 8 frames 32x32: 4x4 windows of 8x8 pixels, each of 4x4 patches of 2x2"),
        ("G1", 64, "each of 8 frames 32x32: 8x8 windows of 4x4 pixels, each of 2x2 patches of 2x2"),
        ("G3", 32, "map 8x32x32: 2x4x4 windows of 4x8x8 pixels, each of 2x4x4 patches of 2x2x2"),
        ("V2", 16, "each of 8 frames 32x32: 4x4 windows of 8x8 pixels, each a token"),
        ("S3", 256, "map 8x32x32: 2x4x4 windows of 4x8x8 pixels, every pixel a token"),
        ("Sw", 64, "each of 8 frames 32x32: 4x4 windows of 8x8 pixels, moved by 4x4, every pixel a token"),
    ],
)
def test_a_row_says_what_a_token_is_and_how_many_it_looks_at(code: str, tokens: int, text: str) -> None:
    (row,) = plan(code, "2x8x32x32", heads=4, window=(4, 8, 8), patch=(2, 2, 2))
    assert (row.tokens, row.text) == (tokens, text)


def test_padding_is_marked() -> None:
    (row,) = plan("L1", "2x30x27", heads=4, window=(1, 8, 8), pad=True)
    assert row.changes == ("stretched", "padded")
    assert row.note == "8x8 stretched to divide the map; padded to 30x32"


def test_a_padded_window_holds_whole_patches() -> None:
    fixed = {"heads": 2, "window": (1, 7, 7), "window_sizing": "fixed"}
    (row,) = plan("L1", "3x32x32", pad=True, **fixed)
    assert (row.window, row.note) == ((1, 8, 8), "7x7 stretched to hold whole patches")
    spec = al.soanet(stages=1, channels=16, cells="L1", input="3x32x32", **fixed)
    (refused,) = al.check(spec)
    assert (refused.code, refused.hint) == ("AL201", "Use window 4 or 8, or pad true.")  # no level fits them anew


def test_cells_of_a_link_are_planned_like_those_of_a_block() -> None:
    spec = al.hrnet(levels=2, cells="C2", channels=16, input="3x32x32", heads=4, window=(1, 8, 8), patch=(1, 2, 2))
    (row,) = al.estimate(spec.with_link("B00>B11", kind="interp_cells", cells="C2L1")).plan
    assert (row.node, row.cells, row.level, row.size) == ("B00>B11", (1,), 1, (1, 16, 16))
