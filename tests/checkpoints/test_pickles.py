"""Pickles that name nothing but tensors and are hostile all the same; and ordinary ones, which are read."""

from __future__ import annotations

import argparse
import io
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

import archlab as al
from archlab.checkpoints import read_state
from archlab.checkpoints.pickles import look_over

EMPTY = b"\x80\x02}"
A = b"X\x01\x00\x00\x00a"
NUMBER = b"\x8a\x08" + struct.pack("<q", 1 << 40)
TWICE = b"q\x01h\x01\x86"  # a tuple of the same object twice


def file(folder: Path, body: bytes) -> Path:
    """A file by torch.save with another pickle in its place, or with the body behind its own."""
    torch.save(OrderedDict(a=torch.ones(2)), folder / "plain.pth")
    with zipfile.ZipFile(folder / "plain.pth") as plain, zipfile.ZipFile(folder / "other.pth", "w") as other:
        for member in plain.namelist():
            own = plain.read(member)
            whole = body if body.startswith(EMPTY[:2]) else own.removesuffix(b".") + body
            other.writestr(member, whole if member.endswith("data.pkl") else own)
    return folder / "other.pth"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (EMPTY + A + b"cbuiltins\nbytearray\n" + NUMBER + b"\x85Rs.", r"such as builtins\.bytearray, and only tensors"),
        (EMPTY + A + b"c__builtin__\nbytearray\n" + NUMBER + b"\x85Rs.", r"such as __builtin__\.bytearray"),
        (EMPTY + A + b"c_codecs\nencode\n" + A + A + b"\x86Rs.", r"such as _codecs\.encode"),
        (EMPTY + b")" + b"\x85" * 300_000 + b"K\x01s.", "a tuple with more than 1000 tuples inside"),
        (EMPTY + b")" + TWICE * 60 + b"K\x01s.", "a tuple with more than 1000 tuples inside"),
        (EMPTY + b"\x8e" + struct.pack("<Q", 1 << 40) + b".", "is no file of tensors that can be read safely"),
        (EMPTY + b"sss.", "is no file of tensors that can be read safely"),
        (EMPTY, "is no file of tensors that can be read safely"),
    ],
    ids=["bytearray", "bytearray by its old name", "encode", "deep", "doubled", "bytes", "stack", "cut"],
)
def test_what_would_fill_the_memory_or_the_stack_is_refused(body: bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(al.ArchlabError, match=told) as caught:
        read_state(file(tmp_path, body))
    assert "\n" not in caught.value.diagnostics[0].message


def test_old_files_are_looked_over_too(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(2)}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert read_state(tmp_path / "old.pth").keys() == {"a"}
    (tmp_path / "deep.pth").write_bytes(EMPTY + b")" + b"\x85" * 300_000 + b"K\x01s.")
    with pytest.raises(al.ArchlabError, match="a tuple with more than 1000 tuples inside"):
        read_state(tmp_path / "deep.pth")


@pytest.mark.parametrize("method", ["items", "values", "keys", "__iter__"])
def test_a_mapping_whose_methods_the_pickle_replaces_is_read_as_a_dict(method: str, tmp_path: Path) -> None:
    name = b"X" + struct.pack("<I", len(method)) + method.encode()
    assert read_state(file(tmp_path, b"}" + name + b"K\x01sb.")).keys() == {"a"}


@pytest.mark.parametrize("old", [False, True], ids=["zip", "before 2020"])
def test_ordinary_checkpoints_are_read(old: bool, tmp_path: Path) -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    adam = torch.optim.AdamW(net.parameters(), amsgrad=True)
    net(torch.ones(1, 1, 4, 4)).sum().backward()
    adam.step()
    whole = {
        "epoch": 3,
        "best": 0.5,
        "args": {"lr": 1e-3, "betas": (0.9, 0.999), "tags": {"a"}, "size": torch.Size([2]), "dtype": torch.float16},
        "optimizer": adam.state_dict(),
        "schedule": torch.optim.lr_scheduler.MultiStepLR(adam, [2, 4]).state_dict(),
        "rng": torch.get_rng_state(),
        "state_dict": net.state_dict(),
        "ema": nn.ParameterDict({"w": nn.Parameter(torch.ones(2).bfloat16())}).state_dict(keep_vars=True),
    }
    torch.save(whole, tmp_path / "whole.pth", _use_new_zipfile_serialization=not old)
    assert read_state(tmp_path / "whole.pth").keys() == net.state_dict().keys()
    torch.save(whole | {"args": argparse.Namespace(lr=1)}, tmp_path / "object.pth")
    with pytest.raises(al.ArchlabError, match=r"such as argparse\.Namespace, and only tensors are read"):
        read_state(tmp_path / "object.pth")


def test_looking_over_ends_behind_the_pickle() -> None:
    stream = io.BytesIO(EMPTY + b"." + b"rest")
    look_over(stream)
    assert stream.read() == b"rest"
