"""`archlab import timm`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import archlab as al
from tests.checkpoints.published import under_names_of

from .conftest import Run

SMALL = "hrnet_w18_small"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of a small model, as timm would have saved them."""
    path = tmp_path_factory.mktemp("timm") / "small.pth"
    torch.save(under_names_of("timm", al.load_timm(SMALL).spec), path)
    return path


def test_a_name_becomes_a_document(run: Run) -> None:
    done = run("import", "timm", "hrnet_w32.ms_in1k")
    assert done.status == 0
    assert al.parse(done.out) == al.load_timm("hrnet_w32.ms_in1k").spec
    assert '  hrnet_w32: template "hrnet-w32".\n' in done.err


def test_weights_are_renamed_and_written(run: Run, trained: Path) -> None:
    files = ("--weights", trained, "-o", "a.arch.json", "--weights-out", "a.safetensors")
    done = run("import", "timm", SMALL, *files)
    assert done.status == 0
    assert "tensors fit (100.0 % of the parameters, 100.0 % of the FLOPs)\n" in done.err
    net = al.build(al.load("a.arch.json"))
    net.load_state_dict(load_file("a.safetensors"))


def test_features_have_no_head(run: Run) -> None:
    spec = al.parse(run("import", "timm", SMALL, "--features").out)
    assert spec.head is None
    assert [part.type for part in spec.neck] == ["incre"]


def test_what_is_wrong_is_a_sentence_and_nothing_is_written(run: Run, trained: Path) -> None:
    done = run("import", "timm", "hrnet_w18_smal", "-o", "a.arch.json", "--json")
    assert done.status == 1
    (found,) = done.json["diagnostics"]
    assert found["code"] == "AL609"
    assert found["hint"] == 'Did you mean "hrnet_w18_small"?'
    done = run("import", "timm", "hrnet_w18_small_v2", "--weights", trained, "-o", "a.arch.json", "--json")
    assert done.status == 1
    (found,) = done.json["diagnostics"]
    assert found["code"] == "AL607"
    done = run("import", "timm", SMALL, "--weights", "none.pth", "-o", "a.arch.json")
    assert done.status == 1
    assert done.err == "error   none.pth: No such file or directory.\n"
    assert not Path("a.arch.json").exists()


def test_weights_need_a_file_to_come_from(run: Run) -> None:
    done = run("import", "timm", SMALL, "--weights-out", "a.safetensors")
    assert done.status == 2
