"""Weights under other names: heads, widths, prefixes, types of numbers; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import archlab as al
from tests.checkpoints.published import document, state

Given = Callable[[Mapping[str, Tensor]], Path]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Writes a state to a file."""

    def write(tensors: Mapping[str, Tensor]) -> Path:
        save_file(dict(tensors), tmp_path / "weights.safetensors")
        return tmp_path / "weights.safetensors"

    return write


@pytest.fixture(scope="module")
def theirs() -> dict[str, Tensor]:
    return state("hrnet-1")


def built(**head: object) -> al.Backbone:
    return al.build(document("hrnet-1", **head))


def untouched(net: nn.Module, act: Callable[[], object]) -> str:
    """What the refusal says, once the net is known to be as it was."""
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(al.ArchlabError) as caught:
        act()
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    return str(caught.value)


def test_a_head_of_other_classes_is_left_out_and_told(given: Given, theirs: dict[str, Tensor]) -> None:
    net = built(classes=3)
    before = net.state_dict()["head.linear.weight"].clone()
    report = al.load_weights(net, given(theirs), names="timm")
    assert report.complete
    assert report.left_out == ("classifier.bias", "classifier.weight")
    assert torch.equal(net.state_dict()["head.linear.weight"], before)
    assert torch.equal(net.state_dict()["stem.convs.0.weight"], theirs["conv1.weight"])
    assert "head left out: classifier.bias, classifier.weight" in str(report)
    lacking = sum(p.numel() for n, p in net.named_parameters() if n.startswith("head."))
    assert report.params == pytest.approx(1 - lacking / sum(p.numel() for p in net.parameters()))
    assert report.flops is not None
    assert 0.99 < report.flops < 1  # all but one small linear layer


def test_a_net_without_head_takes_the_backbone(given: Given, theirs: dict[str, Tensor]) -> None:
    report = al.load_weights(al.build(document("hrnet-1").with_head(None)), given(theirs), names="hrnet")
    assert report.complete
    assert len(report.left_out) == len([name for name in theirs if name.startswith(("inc", "down", "fin", "cl"))])
    assert report.params == report.flops == 1


@pytest.mark.parametrize("head", ["concat", "classify"])
def test_a_head_of_another_kind_keeps_its_own_weights(head: str, given: Given, theirs: dict[str, Tensor]) -> None:
    """The classifier's names are those of `classify` too, but it reads another map."""
    net = al.build(document("hrnet-1").with_head(head, classes=7))
    report = al.load_weights(net, given(theirs), names="timm")
    assert report.complete
    assert {"classifier.weight", "incre_modules.0.0.bn1.bias"} < set(report.left_out)
    assert {name for name in net.state_dict() if name.startswith("head.")} < set(report.left_out)
    assert report.params is not None
    assert 0.9 < report.params < 1


def test_a_file_without_head_leaves_the_net_s(given: Given, theirs: dict[str, Tensor]) -> None:
    body = {n: t for n, t in theirs.items() if not n.startswith(("incre", "downsamp", "final_layer", "classifier"))}
    net = built()
    report = al.load_weights(net, given(body), names="timm")
    assert report.complete
    assert {name.split(".")[0] for name in report.left_out} == {
        *(f"wide{level}" for level in range(4)),
        *(f"link_total{level}_total{level + 1}" for level in range(3)),
        "link_total3_head",
        "head",
    }
    assert report.params is not None
    assert 0 < report.params < 1


def test_a_file_of_another_width_says_which(given: Given, theirs: dict[str, Tensor]) -> None:
    net = al.build(document("hrnet-1").with_layout(channels=6))
    told = untouched(net, lambda: al.load_weights(net, given(theirs), names="timm"))
    assert "nothing was loaded" in told
    assert "tensors fit" in told
    assert "incre_modules.0.0.conv1.weight [4, 4, 1, 1] for [4, 6, 1, 1]" in told
    assert "It would fit with channels = 4 in the layout." in told


def test_of_a_list_of_widths_every_one_is_named(given: Given) -> None:
    net = al.build(document("hrvit-1").with_layout(channels=(8, 16, 64, 48)))
    told = untouched(net, lambda: al.load_weights(net, given(state("hrvit-1")), names="hrvit"))
    assert "It would fit with channels = [8, 16, 32, 48] in the layout." in told


def test_the_width_of_the_stem_is_named(given: Given, theirs: dict[str, Tensor]) -> None:
    stem = {"channels": (16, 64), "padding": "zeros"}
    net = al.build(document("hrnet-1").with_stem("conv_stride", **stem))
    told = untouched(net, lambda: al.load_weights(net, given(theirs), names="timm"))
    assert "It would fit with channels = [8, 64] in the stem." in told
    net = al.build(document("hrnet-1").with_layout(channels=6).with_stem("conv_stride", **stem))
    told = untouched(net, lambda: al.load_weights(net, given(theirs), names="timm"))
    assert "It would fit with channels = 4 in the layout and channels = [8, 64] in the stem." in told


def test_a_width_that_would_not_help_is_not_named(given: Given, theirs: dict[str, Tensor]) -> None:
    net = al.build(document("hrnet-1", features=12).with_layout(channels=6))
    told = untouched(net, lambda: al.load_weights(net, given(theirs), names="timm"))
    assert "It would fit" not in told
    assert "Build the net from the document that the file belongs to" in told


def test_widths_are_named_for_archlab_s_own_names_too(spec: al.Spec, tmp_path: Path) -> None:
    al.save_weights(al.build(spec), tmp_path / "own.safetensors")
    net = al.build(spec.with_layout(channels=8))
    told = untouched(net, lambda: al.load_weights(net, tmp_path / "own.safetensors"))
    assert "It would fit with channels = 4 in the layout." in told


def test_wrong_names_are_refused_with_those_that_there_are(given: Given, theirs: dict[str, Tensor]) -> None:
    file = given(theirs)
    net = built()
    assert 'Did you mean "timm"?' in untouched(net, lambda: al.load_weights(net, file, names="tim"))
    told = untouched(net, lambda: al.load_weights(net, file, names="hrvit"))
    assert "known for nets of the layout hrvit; this net is of the layout hrnetv2" in told
    told = untouched(net, lambda: al.load_weights(net, file))
    assert "0 tensors fit" in told
    assert "missing in the file: B00.cell_0.conv1.weight" in told
    assert 'Its names are those of "timm": pass names="timm".' in told
    plain = nn.Linear(2, 2)
    assert "has none" in untouched(plain, lambda: al.load_weights(plain, file, names="timm"))


def test_archlab_s_own_names_are_recognised(tmp_path: Path) -> None:
    net = built()
    al.save_weights(net, tmp_path / "own.safetensors")
    told = untouched(net, lambda: al.load_weights(net, tmp_path / "own.safetensors", names="timm"))
    assert "without names" in told


def test_what_is_missing_or_has_no_place_is_named(given: Given, theirs: dict[str, Tensor]) -> None:
    changed = {name: tensor for name, tensor in theirs.items() if name != "conv2.weight"}
    file = given(changed | {"stage5.0.weight": torch.ones(1)})
    net = built()
    told = untouched(net, lambda: al.load_weights(net, file, names="timm"))
    assert "missing in the file: stem.convs.1.weight" in told
    assert "not in the net: stage5.0.weight" in told
    report = al.load_weights(net, file, names="timm", strict=False)
    assert report.missing == ("stem.convs.1.weight",)
    assert report.unexpected == ("stage5.0.weight",)
    assert torch.equal(net.state_dict()["stem.convs.0.weight"], theirs["conv1.weight"])


def test_prefixes_are_seen_through_and_old_files_have_no_counters(given: Given, theirs: dict[str, Tensor]) -> None:
    old = {f"module.{n}": t for n, t in theirs.items() if not n.endswith("num_batches_tracked")}
    report = al.load_weights(built(), given(old), names="timm")
    assert report.complete
    assert "module.conv1.weight" in report.loaded


def test_other_types_of_numbers_are_cast_and_told(given: Given, theirs: dict[str, Tensor]) -> None:
    half = {n: t.half() if t.is_floating_point() else t for n, t in theirs.items()}
    net = built()
    report = al.load_weights(net, given(half), names="timm")
    assert report.complete
    assert ("conv1.weight", "float16", "float32") in report.cast
    assert net.state_dict()["stem.convs.0.weight"].dtype == torch.float32
    assert f"cast: float16 to float32 ({len(report.cast)} tensors)" in str(report)


def test_whole_numbers_are_no_weights(given: Given, theirs: dict[str, Tensor]) -> None:
    net = built()
    wrong = theirs | {"conv1.weight": theirs["conv1.weight"].to(torch.int32)}
    told = untouched(net, lambda: al.load_weights(net, given(wrong), names="timm"))
    assert "not in the net: conv1.weight" in told


@pytest.mark.parametrize("packed", [torch.float4_e2m1fn_x2, torch.bits8], ids=["float4", "bits"])
def test_numbers_that_cannot_be_converted_are_no_weights_either(
    packed: torch.dtype, theirs: dict[str, Tensor], tmp_path: Path
) -> None:
    """They are the last tensor of the net, which the others would have been copied before."""
    net = built()
    name = "classifier.bias" if packed.is_floating_point else "final_layer.1.num_batches_tracked"
    theirs = {n: t + 1 for n, t in theirs.items()}
    theirs[name] = torch.zeros(theirs[name].shape, dtype=torch.uint8).view(packed)
    torch.save(theirs, tmp_path / "packed.pth")
    told = untouched(net, lambda: al.load_weights(net, tmp_path / "packed.pth", names="timm"))
    assert f"not in the net: {name}" in told


def test_a_net_without_memory_is_refused(given: Given, theirs: dict[str, Tensor]) -> None:
    with torch.device("meta"):
        net = built()
    with pytest.raises(al.ArchlabError, match=r"on the meta device, nothing was loaded\. .*to_empty"):
        al.load_weights(net, given(theirs), names="timm")
