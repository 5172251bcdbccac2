"""Reading SNRAware's configurations: what is taken over, what is noted, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

import archlab as al
from archlab.importers.snraware import import_snraware


def config(cell: dict[str, Any] | None = None, block: dict[str, Any] | None = None, **backbone: Any) -> dict[str, Any]:
    """A resolved U-Net configuration with some keys changed."""
    return {
        "name": "Unet",
        "num_of_channels": 16,
        "num_resolution_levels": 2,
        "block_str": ["T1L1G1"],
        "use_unet_attention": True,
        "block": {"cell_type": "sequential", "cell": {"window_size": [8, 4, 2], "n_head": 8, **(cell or {})}}
        | (block or {}),
        **backbone,
    }


def read(*args: Any, **kwargs: Any) -> tuple[al.Spec, str]:
    spec, notes = import_snraware(config(*args, **kwargs), "2x4x32x32")
    return spec, " ".join(notes)


def test_text_and_mapping_are_the_same_document() -> None:
    plain = config()
    expected, notes = import_snraware(plain, "2x4x32x32")
    for text in (
        json.dumps(plain),
        yaml.safe_dump(plain),
        yaml.safe_dump({"backbone": plain, "trainer": {"lr": 1}}).encode(),
        "\ufeff" + json.dumps({"backbone": plain}),
    ):
        assert import_snraware(text, "2x4x32x32") == (expected, notes)
    assert al.parse(json.dumps(expected.to_dict())) == expected


def test_sizes_are_reordered_to_depth_first() -> None:
    spec, _ = read({"patch_size": [4, 2, 1]})
    assert spec.options["window"] == (2, 8, 4)
    assert spec.options["patch"] == (1, 4, 2)
    assert (spec.input.channels, spec.input.size) == (2, (4, 32, 32))


def test_options_get_their_names_here() -> None:
    spec, _ = read(
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
    assert not [d for d in al.check(spec) if d.severity == "error"]


def test_linear_forms_go_to_the_codes_that_have_them() -> None:
    spec, notes = read({"attention_type": "lin", "mixer_type": "lin"}, block_str=["T1L1G0C2"])
    assert {code: dict(options) for code, options in spec.code_options.items()} == {
        "L1": {"projection": "linear", "mixer": "linear"},
        "G0": {"projection": "linear"},
    }
    assert not [d for d in al.check(spec) if d.severity == "error"]
    assert "keep their residual" in notes


def test_codes_v_and_s_get_the_heads_that_they_really_use() -> None:
    spec, notes = read({"n_head": 16}, block_str=["V2S3T1"])
    assert spec.code_options["V2"]["heads"] == spec.code_options["S3"]["heads"] == 8
    assert "T1" not in spec.code_options
    assert "V2 gets the 8 heads" in notes


def test_bridge_of_a_unet_takes_the_last_entry() -> None:
    assert read(block_str=["C2", "T1", "L1", "G1"])[0].cells == ("C2", "T1", "G1")
    assert read(block_str=["C2", "T1", "L1"])[0].cells == ("C2", "T1", "L1")
    assert read(block_str=["C2", "C2"])[0].cells == "C2"
    spec, notes = read(block_str=["C2", "T1", "L1"], name="HRnet")
    assert spec.cells == ("C2", "T1")
    assert "3 entries, 2 are used" in notes


@pytest.mark.parametrize(
    ("changes", "layout"),
    [
        ({"name": "HRnet"}, "hrnet"),
        ({"name": "SOAnet", "num_stages": 3}, "soanet"),
        ({"name": "mine", "_target_": "snraware.components.model.config.HRNetConfig"}, "hrnet"),
        ({"name": None}, "unet"),
    ],
)
def test_which_backbone(changes: dict[str, Any], layout: str) -> None:
    assert read(**changes)[0].layout.type == layout


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ({"upsample_method": "NN"}, 'upsample_method "NN"'),
        ({"temporal": {"stride_qk": [2, 2, 1]}}, "stride_qk"),
        ({"temporal": {"temporal_multi_head_att_on_C_H_W": True}}, "temporal_multi_head_att_on_C_H_W"),
        ({"spatial_global": {"shuffle_in_window": True}}, "shuffle_in_window"),
        ({"att_with_relative_position_bias": True}, "inside the softmax"),
        ({"window_sizing_method": "keep_num_window"}, "deepest level"),
        ({"brand_new_key": 1}, "block.cell.brand_new_key"),
    ],
)
def test_what_differs_is_noted(cell: dict[str, Any], words: str) -> None:
    assert words in read(cell)[1]


def test_what_has_no_effect_there_is_not_noted() -> None:
    assert read({"att_with_relative_position_bias": False, "with_timer": True, "kernel_size": [5, 5, 1]})[1] == ""


def test_wrong_values_are_left_to_check() -> None:
    spec, _ = read({"window_size": [8, 8], "n_head": "many", "norm_mode": "nothing"}, num_resolution_levels=-1)
    codes = [d.code for d in al.check(spec) if d.severity == "error"]
    assert codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "AL003"),
        (b" \n", "AL003"),
        (b"\xff\xfe\x00", "AL002"),
        (b"x" * (1 << 20) + b"x", "AL001"),
        (b"{", "AL603"),
        (b"a: [1, 2", "AL603"),
        (b"[1, 2]", "AL601"),
        (b"only a sentence", "AL601"),
        (b"trainer: {lr: 1}", "AL601"),
        (b"backbone: 3", "AL601"),
        (b"{num_of_channels: 8, block_str: [C2]}", "AL604"),
        (b"{name: Unet, block_str: 3}", "AL602"),
        (b"{name: Unet, block_str: []}", "AL602"),
        (b"{name: Unet, block_str: [[C2]]}", "AL602"),
        (b"{name: Unet, block_str: [C2], num_of_channels: '${C}'}", "AL605"),
        (b"{name: Unet, block_str: [C2], num_of_channels: 2026-01-01}", "AL602"),
        (b"[" * 100_000, "AL004"),
    ],
)
def test_what_cannot_be_read_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(al.ArchlabError) as caught:
        import_snraware(text, "1x8x8")
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [C2, C2]"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    text = "\n".join([*lines, "name: Unet", "block_str: *a39", "num_resolution_levels: *a39"])
    with pytest.raises(al.ArchlabError):
        import_snraware(text, "1x8x8")


def test_an_input_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="CxDxHxW"):
        import_snraware(config(), "wide")
