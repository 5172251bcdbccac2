"""Files of weights: nothing in them is executed, every fault is a sentence, tensors are found inside of checkpoints."""

from __future__ import annotations

import os
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import archlab as al
from archlab.checkpoints import read_state


class Hostile:
    """Writes a file when it is unpickled without care."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (Path("executed"),)


def files(folder: Path) -> dict[str, Path]:
    """Files that hold no weights, or worse."""
    made = {name: folder / f"{name}.pth" for name in ("hostile", "list", "scalars", "empty", "noise", "plain")}
    made |= {name: folder / f"{name}.safetensors" for name in ("bare", "cut", "vast")}
    made |= {"short": folder / "short.safetensors", "missing": folder / "missing.pth", "folder": folder}
    torch.save({"state_dict": Hostile()}, made["hostile"])
    torch.save([torch.ones(2)], made["list"])
    torch.save({"epoch": 3, "lr": 0.1}, made["scalars"])
    made["empty"].write_bytes(b"")
    made["noise"].write_bytes(bytes(range(256)) * 8)
    made["plain"].write_bytes(pickle.dumps(Hostile()))
    made["short"].write_bytes(b"\x08\x00\x00")
    save_file({}, made["bare"])
    save_file({"a": torch.ones(9)}, made["cut"])
    made["cut"].write_bytes(made["cut"].read_bytes()[:-8])
    made["vast"].write_bytes((1 << 62).to_bytes(8, "little") + b"{}")
    return made


@pytest.mark.parametrize(
    "name",
    ["hostile", "list", "scalars", "empty", "noise", "plain", "short", "bare", "cut", "vast", "missing", "folder"],
)
def test_no_file_is_executed_and_every_fault_is_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(al.ArchlabError) as caught:
        read_state(files(tmp_path)[name])
    (found,) = caught.value.diagnostics
    assert found.code == "AL606"
    assert found.hint
    assert "\n" not in found.message
    assert not Path("executed").exists()


def test_tensors_without_plain_numbers_are_refused(tmp_path: Path) -> None:
    torch.save({"good": torch.ones(1), "odd": torch.ones(2, device="meta")}, tmp_path / "odd.pth")
    with pytest.raises(al.ArchlabError, match=r"odd holds no plain numbers \(1 of 2 tensors\)"):
        read_state(tmp_path / "odd.pth")
    torch.save({"good": torch.ones(1), "odd": torch.eye(2).to_sparse()}, tmp_path / "sparse.pth")
    with pytest.raises(al.ArchlabError, match=r"beside plain tensors, such as torch\._utils\._rebuild_sparse_tensor"):
        read_state(tmp_path / "sparse.pth")


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """As text, 1 and "1" would be one name."""
    torch.save({1: torch.ones(2), "1": torch.zeros(3)}, tmp_path / "numbers.pth")
    with pytest.raises(al.ArchlabError, match="holds a tensor under 1, and names of tensors are text"):
        read_state(tmp_path / "numbers.pth")
    torch.save({torch.ones(1): torch.ones(2)}, tmp_path / "tensors.pth")
    with pytest.raises(al.ArchlabError, match="holds a tensor under a Tensor"):
        read_state(tmp_path / "tensors.pth")


def test_paths_may_be_bytes(tmp_path: Path) -> None:
    save_file({"a": torch.ones(2)}, tmp_path / "a.safetensors")
    assert read_state(os.fsencode(tmp_path / "a.safetensors")).keys() == {"a"}


def test_a_file_that_unpacks_to_more_than_it_is_is_not_read(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1 << 20)}, tmp_path / "plain.pth")
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as plain,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for member in plain.namelist():
            bomb.writestr(member, plain.read(member))
    assert read_state(tmp_path / "plain.pth").keys() == {"a"}
    with pytest.raises(al.ArchlabError, match="unpacks to"):
        read_state(tmp_path / "bomb.pth")


def test_a_mapping_that_stands_in_many_places_is_looked_through_once(tmp_path: Path) -> None:
    nested: dict[str, Any] = {"a": torch.ones(1)}
    for _ in range(5):
        nested = dict.fromkeys(map(str, range(60)), nested)  # 60^5 ways to the tensor
    torch.save(nested, tmp_path / "wide.pth")
    assert read_state(tmp_path / "wide.pth").keys() == {"a"}


def test_tensors_are_found_inside_of_checkpoints(tmp_path: Path) -> None:
    inner = {"a": torch.ones(2), "b": torch.ones(3)}
    torch.save({"optimizer": {"state": {0: {"step": torch.ones(1)}}}, "model": {"net": inner}}, tmp_path / "c.pt")
    assert read_state(tmp_path / "c.pt").keys() == {"a", "b"}
    save_file(inner, tmp_path / "c.safetensors")
    assert read_state(tmp_path / "c.safetensors").keys() == {"a", "b"}


def test_there_is_one_reader_of_weights() -> None:
    room = Path(al.__file__).parent
    reading = {
        path.relative_to(room).as_posix()
        for path in room.rglob("*.py")
        if re.search(r"torch\.load\(|load_file\(|safe_open\(|pickle\.load", path.read_text())
    }
    assert reading == {"checkpoints/reading.py"}
