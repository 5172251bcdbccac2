"""Reading SNRAware's configurations: what is read in which form, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import archlab as al
from archlab.importers.snraware import import_snraware
from tests.importers.configs import config

CONFIG = config()


def test_text_mapping_and_file_are_the_same_document(tmp_path: Path) -> None:
    expected = import_snraware(CONFIG, "2x4x32x32")
    (tmp_path / "resolved.yaml").write_text(yaml.safe_dump(CONFIG))
    for source in (
        json.dumps(CONFIG),
        yaml.safe_dump(CONFIG),
        yaml.safe_dump({"backbone": CONFIG, "trainer": {"lr": 1}}).encode(),
        "\ufeff" + json.dumps({"backbone": CONFIG}),
        tmp_path / "resolved.yaml",
        str(tmp_path / "resolved.yaml"),
    ):
        assert import_snraware(source, "2x4x32x32") == expected
    assert al.parse(json.dumps(expected[0].to_dict())) == expected[0]


@pytest.mark.parametrize(
    ("changes", "layout"),
    [
        ({"name": "HRnet"}, "hrnet"),
        ({"name": "SOAnet", "num_stages": 3}, "soanet"),
        ({"name": "mine", "_target_": "snraware.components.model.config.HRNetConfig"}, "hrnet"),
        ({"name": None}, "unet"),
    ],
)
def test_which_backbone(changes: dict[str, object], layout: str) -> None:
    assert import_snraware(config(**changes), "2x4x32x32")[0].layout.type == layout


@pytest.mark.parametrize("path", ["nowhere.yaml", "nul\0.yaml"])
def test_a_file_that_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(al.ArchlabError, match="cannot be opened") as caught:
        import_snraware(path, "1x8x8")
    assert [d.code for d in caught.value.diagnostics] == ["AL008"]


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
        (b"{name: Unet, block_str: ['${C}']}", "AL605"),
        (b"{name: Unet, block_str: [C2], block: 3}", "AL602"),
        (b"{name: Unet, block_str: [C2], block: {cell: C2}}", "AL602"),
        (b"{name: Unet, block_str: [C2], cell: {n_head: 4}}", "AL602"),
        (b"{name: Unet, block_str: [C2], block: {cell: {temporal: {stride_qk: '${S}'}}}}", "AL605"),
        (b"{name: Unet, block_str: [T1], block: {cell: {temporal: {stride_qk: [[1]]}}}}", "AL602"),
        (b"{name: Unet, block_str: [T1], block: {cell: {temporal: {more: {a: 1}}}}}", "AL602"),
        (b"{name: Unet, block_str: [T1], block: {cell: {cosine_att: 'False'}}}", "AL602"),
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
        import_snraware(CONFIG, "wide")
