"""Every setting of the original is mapped, ignored with a reason, or different on purpose and told."""

from __future__ import annotations

from typing import Any

import pytest

import archlab as al
from archlab.importers.imported import Report
from archlab.importers.snraware import import_snraware
from tests.importers.configs import config


def read(*args: Any, compat: Any = None, **kwargs: Any) -> tuple[al.Spec, Report]:
    return import_snraware(config(*args, **kwargs), "2x4x32x32", compat=compat)


def errors(spec: al.Spec) -> list[al.Diagnostic]:
    return [d for d in al.check(spec) if d.severity == "error"]


def words(notes: Any) -> str:
    return " ".join(map(str, notes))


def test_sizes_are_reordered_to_depth_first() -> None:
    spec, _ = read({"patch_size": [4, 2, 1]})
    assert spec.options["window"] == (2, 8, 4)
    assert spec.options["patch"] == (1, 4, 2)
    assert (spec.input.channels, spec.input.size) == (2, (4, 32, 32))


def test_options_get_their_names_here() -> None:
    spec, report = read(
        {
            "scale_ratio_in_mixer": 2.0,
            "normalize_Q_K": False,
            "cosine_att": False,
            "att_with_relative_position_bias": False,
            "att_dropout_p": 0.25,
            "dropout_p": 0.0,
            "att_with_output_proj": False,
            "norm_mode": "layer",
            "activation_func": "gelu",
            "window_sizing_method": "keep_window_size",
        },
        {"cell_type": "parallel", "block_dense_connection": True},
        use_unet_attention=False,
    )
    assert dict(spec.options) == {
        "window": (2, 8, 4),
        "heads": 8,
        "mixer_ratio": 2.0,
        "normalize_qk": False,
        "score": "dot",
        "relative_position": False,
        "attention_dropout": 0.25,
        "drop_path": 0.0,
        "output_projection": False,
        "norm": "layer",
        "activation": "gelu",
        "window_sizing": "keep_window_size",
        "arrangement": "parallel",
        "dense": True,
    }
    assert spec.layout.params["gate"] is False
    assert not errors(spec)
    mapped = {note.key: note.text for note in report.mapped}
    assert mapped["block.cell.n_head"] == "options.heads = 8"
    assert mapped["block.cell.window_size"] == "options.window = [2, 8, 4]"
    assert mapped["block.block_dense_connection"] == "options.dense = true"
    assert mapped["use_unet_attention"] == "layout.gate = false"
    assert mapped["block_str"] == "cells = T1L1G1"


def test_linear_forms_go_to_the_codes_that_honour_them() -> None:
    lin = {"attention_type": "lin", "mixer_type": "lin"}
    spec, report = read(lin, block_str=["T1L1G0C2V2S3L3"], num_resolution_levels=1)
    assert {code: dict(options) for code, options in spec.code_options.items()} == {
        "G0": {"projection": "linear"},
        "L1": {"projection": "linear", "mixer": "linear"},
        "L3": {"projection": "linear", "mixer": "linear"},
        "S3": {"mixer": "linear"},
        "V2": {"mixer": "linear"},
    }
    assert not errors(spec)
    assert "keep their residual" in words(report.differs)
    assert "block.cell.mixer_type: C2, T1: convolutions all the same." in report.notes
    assert "block.cell.attention_type: C2, S3, T1, V2: convolutions all the same." in report.notes
    compat, _ = read(lin, block_str=["G0"], compat="snraware")
    assert dict(compat.code_options["G0"]) == {"projection": "linear", "mixer": "linear"}  # the digit is not read


def test_codes_v_and_s_get_the_heads_that_they_really_use() -> None:
    spec, report = read({"n_head": 16}, block_str=["V2S3T1"])
    assert spec.code_options["V2"]["heads"] == spec.code_options["S3"]["heads"] == 8
    assert "T1" not in spec.code_options
    assert "V2 gets the 8 heads" in words(report.ignored)


def test_temporal_settings_go_to_temporal_cells() -> None:
    group = {"stride_qk": [4, 2, 1], "temporal_multi_head_att_on_C_H_W": True, "flash_att": True}
    spec, report = read({"temporal": group})
    assert {code: dict(options) for code, options in spec.code_options.items()} == {
        "T1": {"stride_qk": (1, 4, 2), "heads_over": "features"}
    }
    assert not errors(spec)
    assert "block.cell.temporal.flash_att: without effect in the original." in report.notes
    assert not read({"temporal": {"stride_qk": [1, 1, 1], "temporal_multi_head_att_on_C_H_W": False}})[0].code_options


@pytest.mark.parametrize(("group", "shuffled"), [("spatial_global", ["G0", "G1"]), ("spatial_global_3d", ["G3"])])
def test_shuffle_goes_to_the_global_cells(group: str, shuffled: list[str]) -> None:
    spec, report = read({group: {"shuffle_in_window": True}}, block_str=["G1G0G3L1"])
    assert {code: dict(options) for code, options in spec.code_options.items()} == {
        code: {"shuffle": True} for code in shuffled
    }
    assert "undone exactly" in words(report.differs)


@pytest.mark.parametrize(("method", "mode"), [("NN", "nearest"), ("bspline", "spline"), ("linear", None)])
def test_upsampling_is_an_option_of_its_links(method: str, mode: str | None) -> None:
    spec, _ = read({"upsample_method": method})
    assert spec.to_dict().get("link_options") == ({"interp_conv3": {"mode": mode}} if mode else None)
    assert not errors(spec)
    assert not read({"upsample_method": method}, name="SOAnet", num_stages=2)[0].link_options


def test_values_that_the_original_does_not_know() -> None:
    spec, report = read({"norm_mode": "group", "activation_func": "swish", "upsample_method": "cubic"})
    assert spec.options["norm"] == "instance3d"
    assert [d.path for d in errors(spec)] == ["$.options.activation"]
    assert "becomes instance3d" in words(report.differs)
    assert "becomes the identity" in words(report.differs)
    assert "linear upsampling" in words(report.ignored)


def test_bridge_of_a_unet_takes_the_last_entry() -> None:
    assert read(block_str=["C2", "T1", "L1", "G1"])[0].cells == ("C2", "T1", "G1")
    assert read(block_str=["C2", "T1", "L1"])[0].cells == ("C2", "T1", "L1")
    assert read(block_str=["C2", "C2"])[0].cells == "C2"
    spec, report = read(block_str=["C2", "T1", "L1"], name="HRnet")
    assert spec.cells == ("C2", "T1")
    assert "3 entries, 2 are used" in words(report.ignored)


@pytest.mark.parametrize(
    ("changes", "text", "reproduced"),
    [
        ({}, "G1, L1: the position bias is added inside the softmax", True),
        ({"block_str": ["T0L1"]}, "T0: built without a mixer", True),
        ({"block_str": ["S3Sh"]}, "S3, Sh: attend to their values", True),
        ({"block_str": ["G3"]}, "G3: puts its output back in place", True),
        ({"block_str": ["V3"]}, "V3: the position bias is indexed", True),
        ({"cell": {"window_sizing_method": "keep_num_window"}}, "deepest level", True),
        ({"cell": {"mixer_type": "lin"}}, "keep their residual", True),
        ({"block": {"cell_type": "parallel"}}, "parallel cells stop the original", False),
        ({"name": "SOAnet", "num_stages": 3}, "one map per stage", False),
    ],
)
def test_what_differs_is_told(changes: dict[str, Any], text: str, reproduced: bool) -> None:
    """With compat, what it reproduces is no difference; of what cells cannot reproduce `check` tells."""
    _, report = read(**changes)
    assert text in words(report.differs)
    _, compat = read(**changes, compat="snraware")
    assert (text not in words(compat.differs)) == reproduced


def test_what_has_no_effect_there_is_ignored_by_name() -> None:
    plain = {"att_with_relative_position_bias": False}
    assert read(plain)[1].notes == ()
    dead = {"with_timer": True, "kernel_size": [5, 5, 1], "is_causal": True, "convoluation": {"conv_type": "conv3d"}}
    _, report = read(plain | dead, use_interpolation=False)
    assert report.differs == ()
    assert report.notes == (
        "use_interpolation: without effect in the original.",
        "block.cell.with_timer: without effect in the original.",
        "block.cell.kernel_size: without effect in the original.",
        "block.cell.is_causal: without effect in the original.",
        "block.cell.convoluation.conv_type: without effect in the original.",
    )


def test_settings_of_other_backbones_and_unknown_ones_are_named() -> None:
    _, report = read({"brand_new": 1, "temporal": {"odd": 2}}, num_stages=3, downsample=True)
    assert {note.key: note.text for note in report.ignored} == {
        "num_stages": "unet does not read it.",
        "downsample": "unet does not read it.",
        "block.cell.brand_new": "is not known and is ignored.",
        "block.cell.temporal.odd": "is not known and is ignored.",
    }


def test_the_report_is_readable() -> None:
    text = str(read({"with_timer": True})[1])
    assert text.startswith("mapped:\n  name: layout.type = unet\n  num_resolution_levels: layout.levels = 2\n")
    assert "\nignored:\n  block.cell.with_timer: without effect" in text
    assert "\ndiffers:\n" in text


def test_wrong_values_are_left_to_check() -> None:
    spec, _ = read({"window_size": [8, 8], "n_head": "many"}, num_resolution_levels=-1)
    assert {d.path for d in errors(spec)} >= {"$.layout.levels", "$.options.heads"}


EVERY = {
    "attention_type": "conv",
    "mixer_type": "conv",
    "upsample_method": "linear",
    "cosine_att": True,
    "kernel_size": 3,
    "temporal": {"stride_qk": [1, 1, 1], "temporal_multi_head_att_on_C_H_W": False},
    "spatial_global": {"shuffle_in_window": False},
    "spatial_vit": {"odd": 1},
}


@pytest.mark.parametrize(
    "cell",
    [
        EVERY,
        EVERY | {"attention_type": "odd", "mixer_type": "odd", "upsample_method": "odd"},
        EVERY | {"attention_type": "lin", "mixer_type": "lin"},
        EVERY | {"temporal": {"stride_qk": [2, 2, 1], "temporal_multi_head_att_on_C_H_W": True}},
        EVERY | {"spatial_global": {"shuffle_in_window": True}, "temporal": {"stride_qk": 2}},
    ],
)
@pytest.mark.parametrize("codes", ["C2", "T1", "L1G1", "V2S3"])
@pytest.mark.parametrize("name", ["Unet", "HRnet", "SOAnet"])
def test_no_setting_goes_without_a_word(cell: dict[str, Any], codes: str, name: str) -> None:
    given = config(cell, {"block_dense_connection": False}, name=name, block_str=[codes], num_stages=2)
    _, report = import_snraware(given, "2x4x32x32")
    told = {note.key for note in (*report.mapped, *report.ignored, *report.differs)}
    assert set(leaves(given)) <= told


def leaves(given: dict[str, Any], where: str = "") -> list[str]:
    """Every key that holds no group, with the groups that it lies in."""
    found: list[str] = []
    for key, value in given.items():
        found += leaves(value, f"{where}{key}.") if isinstance(value, dict) else [f"{where}{key}"]
    return found


def test_what_no_cell_reads_is_ignored() -> None:
    _, report = read(
        {"temporal": {"stride_qk": [2, 2, 1]}, "spatial_global": {"shuffle_in_window": True}}, block_str="C2"
    )
    assert "block.cell.temporal.stride_qk: nothing in this network reads it." in report.notes
    assert "block.cell.spatial_global.shuffle_in_window: nothing in this network reads it." in report.notes
    assert "residual" not in words(read({"mixer_type": "lin"}, block_str="C2")[1].differs)


def test_a_stride_that_is_no_list_is_not_dropped() -> None:
    spec, _ = read({"temporal": {"stride_qk": 2}})
    assert [d.path for d in errors(spec)] == ["$.code_options.T1.stride_qk"]
