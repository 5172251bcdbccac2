"""Maps that are not square, of one frame, of one pixel, or not of the size that the cell was built for."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default
from tests.cells.places import ATTENTION, CHANNELS, CODES, WINDOWED, built, errors, maps, place

ODD_SIZES = [
    (1, 1), (2, 2), (3, 5), (1, 8), (8, 1), (8, 12), (12, 8), (16, 4), (7, 9),
    (1, 1, 1), (1, 2, 2), (1, 8, 12), (2, 1, 8), (3, 12, 8), (5, 7, 9), (2, 16, 4),
]  # fmt: skip


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize(("code", "pad"), [(code, False) for code in CODES] + [(code, True) for code in WINDOWED])
def test_every_size_works_or_is_refused_with_a_hint(code: str, pad: bool, small: bool) -> None:
    cls, preset = default().codes[code]
    for size in ODD_SIZES:
        cell = (
            place(code, **{"pad": True} if pad else {})[0]
            if small
            else cls(**dict(preset) | ({"pad": True} if pad else {}))
        )
        x = FeatureMap(channels=CHANNELS, size=size)
        refused = errors(cell, x, 16)
        assert all(p.hint and p.message for p in refused)
        if refused:
            continue
        net, here = cell.build(x, 16).eval(), torch.randn(x.shape(2))
        with torch.no_grad():
            out = net(here)
        assert out.shape == (2, 16, *size)
        assert bool(out.isfinite().all())


@pytest.mark.parametrize("code", WINDOWED)
def test_with_padding_no_size_is_refused_for_its_windows(code: str) -> None:
    cell, _ = place(code, pad=True)
    for size in ODD_SIZES:
        if min(size[-2:]) > 1:
            assert errors(cell, FeatureMap(channels=CHANNELS, size=size)) == []


# Section 3 of the original's specification: what runs when built for 16 x 16 with D = 4. Its S codes fill up 20 rows
# to 24 unasked; here that is what `pad` is for.
BUILT: dict[str, Any] = {"window": (2, 8, 8), "heads": 8}


def for_sixteen_rows(code: str) -> nn.Module:
    cls, preset = default().codes[code]
    fields = BUILT if code in WINDOWED else {"heads": 8} if code in ATTENTION else {}
    fields = fields | ({"patch": (1, 2, 2)} if code[0] in "LG" else {})
    cell = cls(**dict(preset) | fields | {"norm": "instance2d"})
    return cell.build(FeatureMap(channels=CHANNELS, size=(4, 16, 16)), CHANNELS).eval()


TWENTY_ROWS_REFUSED = [code for code in CODES if code[0] in "LGS" and code != "G3"]  # windows of 8 rows


@pytest.mark.parametrize(
    ("code", "rows"),
    [(code, rows) for code in CODES for rows in (8, 20, 24, 32) if rows != 20 or code not in TWENTY_ROWS_REFUSED],
)
def test_what_was_built_for_sixteen_rows_runs_on_others(code: str, rows: int) -> None:
    x = torch.randn(1, CHANNELS, 4, rows, 16)
    with torch.no_grad():
        assert for_sixteen_rows(code)(x).shape == x.shape


@pytest.mark.parametrize("code", TWENTY_ROWS_REFUSED)
def test_what_was_built_for_sixteen_rows_refuses_those_that_its_windows_do_not_divide(code: str) -> None:
    with pytest.raises(ValueError, match=r"H = 20 .*multiple of 8"):
        for_sixteen_rows(code)(torch.randn(1, CHANNELS, 4, 20, 16))


@pytest.mark.parametrize("code", ["L1", "L3", "S2", "S3", "Sw", "Sh", "G1", "G3", "V2", "V3"])
def test_a_size_that_does_not_divide_is_refused_in_words(code: str) -> None:
    net, size = built(code), list(place(code)[1].dhw)
    size[1] += 1
    with pytest.raises(ValueError, match=rf"H = {size[1]} .*multiple of \d+"):
        net(maps(code, size=tuple(size)))


@pytest.mark.parametrize("code", ["L3", "G3", "V3", "S3", "Sh"])
def test_a_depth_that_does_not_divide_is_refused_in_words(code: str) -> None:
    net, size = built(code), list(place(code)[1].dhw)
    size[0] += 1
    with pytest.raises(ValueError, match=rf"D = {size[0]} .*multiple of \d+"):
        net(maps(code, size=tuple(size)))


@pytest.mark.parametrize("code", ["V2", "V3"])
def test_tokens_that_grow_with_the_map_say_what_they_cannot_become(code: str) -> None:
    """A linear layer is made for one size of the window, and heads may divide one and not another."""
    depth, height, width = place(code)[1].dhw
    with pytest.raises(ValueError, match=r"H = \d+|window"):
        built(code, projection="linear")(maps(code, size=(depth, 2 * height, width)))
    _, high, wide = place(code)[0].window  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=r"heads"):  # windows of a single pixel
        built(code, heads=16, size=(depth, 8, 12))(maps(code, size=(depth, 8 // high, 12 // wide)))


@pytest.mark.parametrize("code", WINDOWED)
def test_a_padding_cell_runs_on_any_size(code: str) -> None:
    net = built(code, pad=True)
    depth, height, width = place(code)[1].dhw
    for size in [(depth, height + 1, width - 1), (depth + 1, height - 1, width + 2), (depth, height, width)]:
        x = maps(code, size=size)
        assert net(x).shape == x.shape
        assert bool(net(x).isfinite().all())


@pytest.mark.parametrize("code", [code for code in CODES if code != "C3"])
def test_flat_maps_and_volumes_of_one_frame_are_the_same(code: str) -> None:
    size = place(code)[1].dhw[1:]
    flat, volume = built(code, size=size), built(code, size=(1, *size))
    assert {k: v.shape for k, v in flat.state_dict().items()} == {k: v.shape for k, v in volume.state_dict().items()}
    volume.load_state_dict(flat.state_dict())
    x = maps(code, size=size)
    torch.testing.assert_close(volume(x[:, :, None])[:, :, 0], flat(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("code", [code for code in ATTENTION if code[1] not in "3h" and code[0] != "T"])
def test_frames_of_a_flat_cell_do_not_see_each_other(code: str) -> None:
    net, x = built(code), maps(code)
    alone = torch.stack([net(x[:, :, d]) for d in range(x.shape[2])], 2)
    torch.testing.assert_close(net(x), alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("code", "fields", "width", "field"),
    [
        ("S3", {"heads": 8, "score": "dot", "normalize_qk": True}, 8, "normalize_qk"),
        ("Sh", {"heads": 8, "score": "dot", "normalize_qk": True}, 8, "normalize_qk"),
        ("S2", {"heads": 3}, 8, "heads"),
        ("S3", {"heads": 8}, 12, "heads"),
        ("V3", {"heads": 7}, 8, "heads"),
        ("L3", {"heads": 5}, 8, "heads"),
        ("T1", {"heads": 3}, 8, "heads"),
        ("L1", {"stride_qk": (1, 3, 1)}, 8, "stride_qk"),
        ("G3", {"stride_qk": (2, 1, 1)}, 8, "stride_qk"),
        ("V2", {"stride_qk": (1, 3, 1)}, 8, "stride_qk"),
    ],
)
def test_what_makes_no_sense_is_refused_before_building(code: str, fields: Any, width: int, field: str) -> None:
    cell, x = place(code, **fields)
    refused = errors(cell, x, width)
    assert field in [p.field for p in refused]
    assert all(p.hint for p in refused)


@pytest.mark.parametrize("size", [(4, 6), (1, 4, 6)], ids=str)
def test_a_volume_convolution_wants_two_frames(size: tuple[int, ...]) -> None:
    refused = errors(place("C3")[0], FeatureMap(channels=CHANNELS, size=size))
    assert len(refused) == 1
    assert "two frames" in refused[0].message
    assert "C2" in (refused[0].hint or "")
