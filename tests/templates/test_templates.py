"""Templates: each sound, built as it says, with the parameters that its source gives it."""

from __future__ import annotations

import re
from itertools import groupby

import pytest
import torch

import archlab as al
from archlab.document.writing import dumps
from archlab.templates import Template, template, templates

TEMPLATES = {t.name: t for t in templates()}
# Parameters and MACs: of HRNets, Swins and ViTs as counted on timm 1.0.31, of HRViTs on their code, of the U-Net on a
# plain one of these widths.
PUBLISHED = {
    "hrnet-w18-small": (13_187_464, 1_601_508_352),
    "hrnet-w18-small-v2": (15_597_464, 2_595_712_864),
    "hrnet-w18": (21_299_004, 4_283_537_072),
    "hrnet-w30": (37_712_220, 8_105_781_680),
    "hrnet-w32": (41_232_680, 8_921_133_056),
    "hrnet-w40": (57_557_160, 12_691_997_440),
    "hrnet-w44": (67_064_984, 14_883_104_960),
    "hrnet-w48": (77_469_864, 17_277_996_032),
    "hrnet-w64": (128_059_944, 28_895_395_840),
    "hrnet-w18-small-backbone": (1_477_920, 603_968_512),
    "hrnet-w18-small-v2-backbone": (3_860_720, 1_594_158_944),
    "hrnet-w18-backbone": (9_562_260, 3_281_983_152),
    "hrnet-w30-backbone": (25_812_276, 7_080_143_280),
    "hrnet-w32-backbone": (29_305_536, 7_891_480_576),
    "hrnet-w40-backbone": (45_521_216, 11_646_288_640),
    "hrnet-w44-backbone": (54_974_640, 13_829_368_000),
    "hrnet-w48-backbone": (65_325_120, 16_216_230_912),
    "hrnet-w64-backbone": (115_697_600, 27_801_518_080),
    "hrnet-w18-seg": (9_641_119, 36_850_262_016),
    "hrnet-w48-seg": (65_859_379, 186_878_263_296),
    "hrvit-b1": (19_685_152, 2_775_573_440),
    "hrvit-b2": (32_486_408, 5_288_290_304),
    "hrvit-b3": (37_870_304, 5_899_979_648),
    "hrvit-b1-backbone": (7_758_008, 1_745_920_960),
    "hrvit-b2-backbone": (20_310_944, 4_220_504_064),
    "hrvit-b3-backbone": (25_507_960, 4_806_101_888),
    "hrvit-b1-seg": (8_183_118, 15_761_129_472),
    "hrvit-b2-seg": (20_809_782, 30_137_909_248),
    "hrvit-b3-seg": (28_724_494, 70_448_807_936),
    "swin-tiny": (28_288_354, 4_490_566_656),
    "swin-small": (49_606_258, 8_740_875_264),
    "swin-base": (87_768_224, 15_430_946_816),
    "vit-small-16": (22_050_664, 4_598_882_304),
    "vit-base-16": (86_567_656, 17_563_828_224),
    "vit-large-16": (304_326_632, 61_554_712_576),
    "unet-classic": (31_037_698, 36_881_367_040),
}
PARAMETERS = {
    "hrnet-3": 543_964,
    "unet-3": 488_812,
    "soanet-3": 293_302,
    "hrnet-2-attention": 931_671,
    "hrnet-4-photo": 37_994_720,
    "hrnetv2-mini": 190_922,
    "hrvit-mini": 75_152,
    "swin-mini": 144_136,
    "unet-mini": 121_024,
    **{name: params for name, (params, _) in PUBLISHED.items()},
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
}


def test_names_and_order() -> None:
    assert list(TEMPLATES) == list(PARAMETERS)
    assert len(TEMPLATES) == len(templates())
    groups = [group for group, _ in groupby(templates(), key=lambda t: t.group)]
    assert groups == ["To start from", "Published", "SNRAware: denoising", "SNRAware: backbones", "SNRAware: chains"]


@pytest.mark.parametrize("one", TEMPLATES.values(), ids=lambda t: t.name)
def test_a_template_is_what_it_says(one: Template) -> None:
    assert one.spec.name == one.name
    assert one.title
    assert one.description.endswith(".")
    if ours := re.search(r"([\d.]+) M and ([\d.]+) G(?= here|\. For)", one.description):
        params, macs = PUBLISHED[one.name]
        assert ours.groups() == (f"{params / 1e6:.3f}", f"{macs / 1e9:.3f}")
    assert one.source or one.group == "To start from"
    assert not al.check(one.spec)
    assert al.parse(dumps(one.spec)) == one.spec
    assert template(one.name) == one.spec
    estimate = al.estimate(one.spec)
    assert estimate.params == PARAMETERS[one.name]
    if one.name in PUBLISHED:
        assert estimate.macs == PUBLISHED[one.name][1]


# Of the published nets one a kind: the other sizes are made of the same classes.
BUILT = [
    t
    for t in templates()
    if t.name not in PUBLISHED
    or t.name in ("hrnet-w18-seg", "hrnet-w32", "hrvit-b2", "swin-tiny", "vit-small-16", "unet-classic")
]


@pytest.mark.parametrize("one", BUILT, ids=lambda t: t.name)
def test_a_template_is_built_as_it_says(one: Template) -> None:
    estimate = al.estimate(one.spec)
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
