"""`archlab import snraware`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import archlab as al
from archlab.checkpoints import read_state

from .conftest import Run

CONFIG = """
backbone:
  name: hrnet
  block_str: [C2]
  num_of_channels: 8
  num_resolution_levels: 2
  with_timer: true
  banana: 3
"""


def test_a_configuration_becomes_a_document(run: Run) -> None:
    Path("config.yaml").write_text(CONFIG)
    done = run("import", "snraware", "config.yaml", "--input", "2x4x32x32", "-o", "a.arch.json")
    assert done.status == 0
    assert done.out == ""
    spec = al.load("a.arch.json")
    assert spec.layout.type == "hrnet"
    assert str(spec.input) == "2x4x32x32"
    assert al.estimate(spec).params


def test_standard_input_to_standard_output(run: Run) -> None:
    done = run("import", "snraware", "-", "--input", "2x4x32x32", stdin=CONFIG.encode())
    assert done.status == 0
    assert al.parse(done.out).layout.type == "hrnet"


def test_json_holds_document_and_notes(run: Run) -> None:
    found = run("import", "snraware", "-", "--input", "2x4x32x32", "--json", stdin=CONFIG.encode()).json
    assert found["ok"] is True
    assert found["spec"]["cells"] == "C2"
    assert any("banana" in note for note in found["notes"])
    assert {"key": "num_of_channels", "text": "layout.channels = 8"} in found["report"]["mapped"]
    assert {"key": "with_timer", "text": "without effect in the original."} in found["report"]["ignored"]
    assert found["report"]["differs"] == []
    assert found["weights"] is None


def test_what_is_no_configuration_is_refused(run: Run) -> None:
    for content in (b"", b"- 1\n", b"{unclosed: [", json.dumps({"backbone": 3}).encode()):
        done = run("import", "snraware", "-", "--input", "2x4x32x32", "--json", stdin=content)
        assert done.status == 1
        assert done.json["diagnostics"]


def test_a_missing_file_is_a_sentence(run: Run) -> None:
    done = run("import", "snraware", "nowhere.yaml", "--input", "2x4x32x32")
    assert done.status == 1
    assert done.err.startswith("error   nowhere.yaml: No such file")


def test_every_setting_is_told_in_its_group(run: Run) -> None:
    told = run("import", "snraware", "-", "--input", "2x4x32x32", stdin=CONFIG.encode()).err
    assert told.startswith("mapped:\n")
    assert "  num_of_channels: layout.channels = 8\n" in told
    assert "ignored:\n" in told
    assert "  banana: is not known and is ignored.\n" in told


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """The weights of that configuration, as the original would have saved them."""
    block = "block.cell_0."
    state = {}
    for name, width, inputs in (
        ("B00", 8, 2),
        ("B01", 8, 8),
        ("B11", 16, 16),
        ("output_B0", 8, 8),
        ("output_B1", 16, 16),
    ):
        if inputs != width:
            state[f"{name}.{block}input_proj.conv.weight"] = torch.randn(width, inputs, 3, 3)
            state[f"{name}.{block}input_proj.conv.bias"] = torch.randn(width)
        state[f"{name}.{block}attn.conv.conv.weight"] = torch.randn(width, inputs, 3, 3)
        state[f"{name}.{block}attn.act_func.weight"] = torch.randn(1)
        state[f"{name}.{block}mlp.0.conv.weight"] = torch.randn(4 * width, width, 3, 3)
        state[f"{name}.{block}mlp.0.conv.bias"] = torch.randn(4 * width)
        state[f"{name}.{block}mlp.1.weight"] = torch.randn(1)
        state[f"{name}.{block}mlp.2.conv.weight"] = torch.randn(width, 4 * width, 3, 3)
        state[f"{name}.{block}mlp.2.conv.bias"] = torch.randn(width)
    for name in ("down_00_11", "down_0_1"):
        state[f"{name}.block.D2_0.conv.conv.weight"] = torch.randn(16, 32, 1, 1)
    state["up_1_0.block.U2_0.conv.conv.weight"] = torch.randn(8, 16, 3, 3)
    state["up_1.block.U2_0.conv.conv.weight"] = torch.randn(16, 16, 3, 3)
    torch.save({"state_dict": state}, tmp_path / "trained.pth")
    return tmp_path / "trained.pth"


def test_weights_are_renamed_and_written(run: Run, trained: Path) -> None:
    Path("config.yaml").write_text(CONFIG)
    files = ("--weights", trained, "-o", "a.arch.json", "--weights-out", "a.safetensors")
    done = run("import", "snraware", "config.yaml", "--input", "2x4x32x32", *files)
    assert done.status == 0
    shares = "100.0 % of the parameters, 100.0 % of the FLOPs"
    assert f"weights  {len(read_state(trained))} tensors fit ({shares})\n" in done.err
    spec = al.load("a.arch.json")
    assert spec.compat == "snraware"
    net = al.build(spec)
    net.load_state_dict(load_file("a.safetensors"))
    assert torch.equal(
        net.state_dict()["out1.cell_0.mixer.fc2.bias"], read_state(trained)["output_B1.block.cell_0.mlp.2.conv.bias"]
    )


def test_the_defects_are_a_choice(run: Run, trained: Path) -> None:
    for choice, expected in (
        ((), None),
        (("--compat",), "snraware"),
        (("--weights", trained), "snraware"),
        (("--weights", trained, "--no-compat"), None),
    ):
        done = run("import", "snraware", "-", "--input", "2x4x32x32", *choice, stdin=CONFIG.encode())
        assert done.status == 0
        assert al.parse(done.out).compat == expected


def test_weights_of_another_network_are_refused_tensor_by_tensor(run: Run, trained: Path) -> None:
    other = CONFIG.replace("[C2]", "[C2C2]").encode()
    done = run(
        "import",
        "snraware",
        "-",
        "--input",
        "2x4x32x32",
        "--weights",
        trained,
        "--weights-out",
        "a.safetensors",
        "--json",
        stdin=other,
    )
    assert done.status == 1
    (found,) = done.json["diagnostics"]
    assert found["code"] == "AL607"
    assert "B00.cell_1.conv.conv.weight" in found["message"]
    assert not Path("a.safetensors").exists()


def test_json_holds_the_report_of_the_weights(run: Run, trained: Path) -> None:
    done = run("import", "snraware", "-", "--input", "2x4x32x32", "--weights", trained, "--json", stdin=CONFIG.encode())
    report = done.json["weights"]
    assert len(report["loaded"]) == len(read_state(trained))
    assert report["missing"] == report["unexpected"] == report["mismatched"] == report["dead"] == []


@pytest.mark.parametrize(
    "options",
    [
        ("--weights-out", "a.safetensors"),
        ("--weights", "w.pth", "--weights-out", "a.pth"),
        ("--weights", "w.safetensors", "--weights-out", "w.safetensors"),
    ],
)
def test_files_that_make_no_sense_are_wrong_usage(run: Run, options: tuple[str, ...]) -> None:
    done = run("import", "snraware", "-", "--input", "2x4x32x32", *options, stdin=CONFIG.encode())
    assert done.status == 2


def test_nothing_is_written_over_what_is_read(run: Run) -> None:
    Path("config.yaml").write_text(CONFIG)
    Path("link.yaml").symlink_to("config.yaml")
    for output in ("config.yaml", "./config.yaml", "link.yaml"):
        done = run("import", "snraware", "config.yaml", "--input", "2x4x32x32", "-o", output)
        assert done.status == 2
        assert "named twice" in done.err
    assert Path("config.yaml").read_text() == CONFIG
