"""Weights files: round trip, report, refusal."""

from __future__ import annotations

import json

import pytest
import torch
from safetensors import safe_open

from archlab.checkpoints import load_weights, save_weights
from archlab.compiler import build, optimize
from archlab.document.diagnostics import ArchlabError


def test_round_trip(spec, tmp_path):
    torch.manual_seed(0)
    net, other = build(spec), build(spec)
    x = torch.randn(1, 1, 8, 8)
    save_weights(net, tmp_path / "net.safetensors")
    report = load_weights(other, tmp_path / "net.safetensors")
    assert report.complete
    assert set(report.loaded) == net.state_dict().keys()
    for a, b in zip(net.eval()(x), other.eval()(x), strict=True):
        assert torch.equal(a, b)


def test_the_file_says_which_document_it_belongs_to(spec, tmp_path):
    net = build(spec)
    save_weights(net, tmp_path / "net.safetensors")
    with safe_open(tmp_path / "net.safetensors", framework="pt") as file:
        metadata = file.metadata()
    assert metadata["format"] == "archlab-weights/1"
    assert json.loads(metadata["spec"]) == spec.to_dict()
    assert metadata["archlab"]
    assert [p.name for p in tmp_path.iterdir()] == ["net.safetensors"]


def test_a_file_of_another_net_is_refused_whole(spec, tmp_path):
    net = build(spec.with_head("classify", classes=3))
    other = build(spec.with_head("classify", classes=5))
    before = {name: value.clone() for name, value in other.state_dict().items()}
    save_weights(net, tmp_path / "net.safetensors")
    with pytest.raises(ArchlabError, match=r"nothing was loaded: .*other shape: head.*\[3, 12\] for \[5, 12\]"):
        load_weights(other, tmp_path / "net.safetensors")
    assert all(torch.equal(value, before[name]) for name, value in other.state_dict().items())
    report = load_weights(other, tmp_path / "net.safetensors", strict=False)
    assert {name.partition(".")[0] for name, _, _ in report.mismatched} == {"head"}
    assert torch.equal(other.state_dict()[report.loaded[0]], net.state_dict()[report.loaded[0]])


def test_missing_and_unexpected_names_are_listed(spec, tmp_path):
    save_weights(build(spec), tmp_path / "bare.safetensors")
    headed = build(spec.with_head("classify", classes=3))
    report = load_weights(headed, tmp_path / "bare.safetensors", strict=False)
    assert report.missing
    assert all(name.startswith("head.") for name in report.missing)
    assert not report.unexpected
    save_weights(headed, tmp_path / "headed.safetensors")
    back = load_weights(build(spec), tmp_path / "headed.safetensors", strict=False)
    assert back.unexpected == report.missing
    assert "not in the net: head." in str(back)


def test_tied_weights_can_be_saved(spec, tmp_path):
    net = build(spec)
    first, second = net.node_module("B01"), net.node_module("out0")
    second.load_state_dict(first.state_dict())
    for name, parameter in first.named_parameters():
        owner, _, leaf = name.rpartition(".")
        setattr(second.get_submodule(owner), leaf, parameter)
    save_weights(net, tmp_path / "net.safetensors")
    assert load_weights(build(spec), tmp_path / "net.safetensors").complete


def test_files_by_torch_are_read_without_executing_anything(spec, tmp_path):
    net = build(spec)
    torch.save({"state_dict": {f"module.{name}": value for name, value in net.state_dict().items()}}, tmp_path / "a.pt")
    other = build(spec)
    assert load_weights(other, tmp_path / "a.pt").complete
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), other.state_dict().values(), strict=True))


def test_a_safetensors_file_of_another_name_is_read(spec, tmp_path):
    save_weights(build(spec), tmp_path / "weights")
    assert load_weights(build(spec), tmp_path / "weights").complete


def test_a_file_that_is_not_there(spec, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: .*nothing\.safetensors"):
        load_weights(build(spec), tmp_path / "nothing.safetensors")


def test_a_folder_that_is_not_there_is_said(spec, tmp_path):
    with pytest.raises(OSError, match="No such file or directory"):
        save_weights(build(spec), tmp_path / "no" / "net.safetensors")


def test_an_optimised_net_is_neither_saved_nor_loaded(spec, tmp_path):
    net = build(spec).eval()
    save_weights(net, tmp_path / "net.safetensors")
    fast = optimize(net)
    with pytest.raises(ArchlabError, match=r"the net is optimised.*Save the net that it was made of"):
        save_weights(fast, tmp_path / "fast.safetensors")
    assert not (tmp_path / "fast.safetensors").exists()
    with pytest.raises(ArchlabError, match=r"the net is optimised.*Optimise it after loading"):
        load_weights(fast, tmp_path / "net.safetensors")


def test_a_wrapper_around_a_net_says_where_the_net_is(spec, tmp_path):
    net = build(spec)
    save_weights(net, tmp_path / "net.safetensors")
    with pytest.raises(TypeError, match="Give what it wraps, its attribute `module`"):
        load_weights(torch.nn.DataParallel(net), tmp_path / "net.safetensors")
    compiled = torch.nn.Module()
    compiled._orig_mod = net  # as torch.compile keeps it
    with pytest.raises(TypeError, match="Give what it wraps, its attribute `_orig_mod`"):
        load_weights(compiled, tmp_path / "net.safetensors")


def test_names_is_a_word(spec, tmp_path):
    with pytest.raises(TypeError, match=r"names is a word such as .*; got 3"):
        load_weights(build(spec), tmp_path / "net.safetensors", names=3)


def test_two_sets_of_weights_of_equal_size_are_ambiguous(spec, tmp_path):
    net = build(spec)
    state = net.state_dict()
    both = {f"{before}.{name}": tensor for before in ("module", "ema") for name, tensor in state.items()}
    torch.save(both, tmp_path / "both.pth")
    for strict in (True, False):
        with pytest.raises(ArchlabError, match=r"fit equally: ema\. and module\. \(\d+ tensors each\)"):
            load_weights(net, tmp_path / "both.pth", strict=strict)
