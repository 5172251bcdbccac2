"""timm's names: which document is meant, whose weights fit, what is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archlab as al
from archlab.importers.timm.models import MODELS
from archlab.templates import templates
from tests.checkpoints.published import under_names_of

SMALL = "hrnet_w18_small"
# Parameters in millions of timm 1.0.31's models, with 1000 classes.
PUBLISHED = {
    "hrnet_w18_small": 13.187,
    "hrnet_w18_small_v2": 15.597,
    "hrnet_w18": 21.299,
    "hrnet_w30": 37.712,
    "hrnet_w32": 41.233,
    "hrnet_w40": 57.557,
    "hrnet_w44": 67.065,
    "hrnet_w48": 77.470,
    "hrnet_w64": 128.060,
    "swin_tiny_patch4_window7_224": 28.288,
    "swin_small_patch4_window7_224": 49.606,
    "swin_base_patch4_window7_224": 87.768,
    "vit_small_patch16_224": 22.051,
    "vit_base_patch16_224": 86.568,
    "vit_large_patch16_224": 304.327,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("timm") / "small.pth"
    torch.save(under_names_of("timm", al.load_timm(SMALL).spec), path)
    return path


def test_every_name_has_a_template() -> None:
    assert {model.template for model in MODELS.values()} <= {one.name for one in templates()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_name_is_the_document_of_the_published_net(name: str) -> None:
    imported = al.load_timm(name)
    params = al.estimate(imported.spec).params
    assert params is not None
    assert round(params / 1e6, 3) == PUBLISHED[name]
    assert imported.spec.name == name
    assert imported.net is imported.weights is None
    assert not al.check(imported.spec)


def test_a_tag_names_the_training_alone() -> None:
    imported = al.load_timm("hrnet_w18.ms_aug_in1k")
    assert imported.spec.with_name("a") == al.load_timm("hrnet_w18").spec.with_name("a")
    assert [str(note) for note in imported.report.ignored] == [
        ".ms_aug_in1k: says how the weights were trained; the net is the same."
    ]


def test_weights_make_the_net(file: Path) -> None:
    imported = al.load_timm(f"{SMALL}.ms_in1k", file)
    assert imported.weights is not None
    assert imported.weights.complete
    assert imported.weights.params == imported.weights.flops == 1
    assert imported.net is not None
    assert not imported.net.training
    assert imported.net(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)


def test_features_count_what_timm_s_count() -> None:
    """10.948 million parameters of `hrnet_w18` with `features_only`."""
    params = al.estimate(al.load_timm("hrnet_w18", features_only=True).spec).params
    assert params is not None
    assert round(params / 1e6, 3) == 10.948


def test_features_are_the_widened_branches(file: Path) -> None:
    imported = al.load_timm(SMALL, file, features_only=True)
    assert imported.weights is not None
    assert imported.weights.complete
    assert {name.split(".")[0] for name in imported.weights.left_out} == {
        "downsamp_modules",
        "final_layer",
        "classifier",
    }
    assert imported.net is not None
    shapes = [tuple(y.shape[1:]) for y in imported.net(torch.zeros(1, 3, 64, 64))]
    assert shapes == [(128, 16, 16), (256, 8, 8), (512, 4, 4), (1024, 2, 2)]
    assert "timm's first map" in imported.report.notes[-1]


def test_features_of_swin_are_its_stages() -> None:
    imported = al.load_timm("swin_tiny_patch4_window7_224", features_only=True)
    assert imported.spec.head is None
    assert [output.shape for output in al.estimate(imported.spec).outputs] == [
        (1, 96, 56, 56),
        (1, 192, 28, 28),
        (1, 384, 14, 14),
        (1, 768, 7, 7),
    ]


def test_features_of_vit_are_not_known() -> None:
    with pytest.raises(al.ArchlabError, match="is not known here"):
        al.load_timm("vit_base_patch16_224", features_only=True)


def test_other_classes_leave_the_scores_out(tmp_path: Path) -> None:
    spec = al.load_timm(SMALL).spec.with_head("incremental", classes=10)
    torch.save(under_names_of("timm", spec), tmp_path / "ten.pth")
    imported = al.load_timm(SMALL, tmp_path / "ten.pth")
    assert imported.weights is not None
    assert imported.weights.left_out == ("classifier.bias", "classifier.weight")


@pytest.mark.parametrize("name", ["hrnet_w19", "hrnet", "", "resnet50", ".tag"])
def test_an_unknown_name_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(al.ArchlabError) as caught:
        al.load_timm(name)
    (found,) = caught.value.diagnostics
    assert found.code == "AL609"
    assert "hrnet_w18" in found.hint


def test_weights_of_another_size_are_refused(file: Path) -> None:
    with pytest.raises(al.ArchlabError, match=r"nothing was loaded: \d+ tensors fit .*other shape"):
        al.load_timm("hrnet_w18_small_v2", file)
    with pytest.raises(FileNotFoundError):
        al.load_timm(SMALL, file.with_name("none.pth"))
