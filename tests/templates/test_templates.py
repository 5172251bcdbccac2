"""Templates: each sound, built as it says, with the parameters that its source gives it."""

from __future__ import annotations

from itertools import groupby

import pytest
import torch

import archlab as al
from archlab.document.writing import dumps
from archlab.templates import Template, template, templates

TEMPLATES = {t.name: t for t in templates()}
PARAMETERS = {
    "hrnet-3": 543_964,
    "unet-3": 488_812,
    "soanet-3": 293_302,
    "hrnet-2-attention": 931_671,
    "hrnet-4-photo": 37_994_720,
    "snraware-small": 27_696_079,  # the three as measured on the original, published as 27.7, 55.1 and 109 M
    "snraware-medium": 55_105_438,
    "snraware-large": 109_924_156,
    "snraware-mri": 27_696_079 + (3 * 9 + 1) * 64 + (192 * 9 + 1) * 2,
    "snraware-unet-t1l1g1": 3_880_143,
    "snraware-unet-c2c2c2": 2_902_270,
    "snraware-hrnet-2": 3_760_367,
    "snraware-hrnet-3": 16_727_195,
    "snraware-hrnet-4": 70_705_130,
    "snraware-hrnet-5": 296_429_916,
    "snraware-swin-4-4-12-4": 13_027_944,  # as measured on the original
    "snraware-swin-2-2-6-2": 6_532_892,
    "snraware-vit-12": 5_233_324,
    "snraware-vit3d-3-6-12": 40_411_245,
    "vit-small-16": 22_050_664,
    "vit-base-16": 86_567_656,  # as measured on timm's
    "vit-large-16": 304_326_632,
}


def test_names_and_order() -> None:
    assert list(TEMPLATES) == list(PARAMETERS)
    assert len(TEMPLATES) == len(templates())
    groups = [group for group, _ in groupby(templates(), key=lambda t: t.group)]
    assert groups == ["To start from", "SNRAware: denoising", "SNRAware: backbones", "SNRAware: chains", "Published"]


@pytest.mark.parametrize("one", TEMPLATES.values(), ids=lambda t: t.name)
def test_a_template_is_what_it_says(one: Template) -> None:
    assert one.spec.name == one.name
    assert one.title
    assert one.description.endswith(".")
    assert one.source or one.group == "To start from"
    assert not al.check(one.spec)
    assert al.parse(dumps(one.spec)) == one.spec
    assert template(one.name) == one.spec
    estimate = al.estimate(one.spec)
    assert estimate.params == PARAMETERS[one.name]
    with torch.device("meta"):
        net = al.build(one.spec)
    assert sum(p.numel() for p in net.parameters()) == PARAMETERS[one.name]
    outputs = net(torch.empty(one.spec.input.feature_map().shape(1), device="meta"))
    outputs = outputs if isinstance(outputs, list) else [outputs]
    assert [tuple(y.shape) for y in outputs] == [o.shape for o in estimate.outputs]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="snraware-small"):
        template("snraware-smal")


def test_the_whole_model_adds_what_enters_the_backbone() -> None:
    """A backbone that gives zeros leaves the head the stem's features on its first channels."""
    spec = template("snraware-mri").with_input("3x2x8x8").with_option(window=(2, 4, 4), patch=(1, 2, 2), heads=8)
    net = al.build(spec.with_layout(channels=8).with_stem("conv", channels=8)).eval()
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if not name.startswith(("stem", "head")):
                parameter.zero_()
        for level in (0, 1):
            getattr(net, f"out{level}").register_forward_hook(lambda module, args, out: torch.zeros_like(out))
        x = torch.randn(1, 3, 2, 8, 8)
        features = torch.nn.functional.pad(net.stem(x), (0, 0) * 3 + (0, 16))
        torch.testing.assert_close(net(x), net.head(features))
