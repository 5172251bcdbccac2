"""An estimate is the truth: random documents against the module that they build, tolerance 0."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

import archlab as al
from archlab.document.making import convert, field_types
from archlab.parts.catalog import default
from archlab.testing.truth import kept_for_backward, macs_on_meta, shapes

LARGEST = 200 << 20  # bytes kept for backward: larger ones take minutes
DOWN = ["patch_merge", "patch_merge", "conv_stride", "interp_conv1", "interp_conv3", "interp_cells"]
UP = ["interp_conv3", "interp_conv3", "interp_conv1", "interp_cells"]
# What a code's own fields are drawn from, where it has them and takes the value.
FIELDS: dict[str, list[Any]] = {
    "mixer": ["conv", "linear", "none"],
    "mixer_ratio": [1.0, 2.5],
    "mixer_kernel": [1, 3, 5],
    "arrangement": ["sequential", "parallel"],
    "activation": ["prelu", "relu", "gelu", "elu", "leakyrelu", "relu6", "selu", "celu", "gelu_exact"],
    "drop_path": [0.0, 0.1],
    "score": ["cosine", "dot"],
    "normalize_qk": [False, True],
    "relative_position": [False, True],
    "output_projection": [False, True],
    "projection": ["conv", "linear"],
    "attention_dropout": [0.0, 0.2],
    "stride_qk": [(1, 2, 2), (2, 1, 1), (1, 1, 2)],
    "causal": [False, True],
    "heads_over": ["channels", "features"],
    "shuffle": [False, True],
}


def held_against_the_module(spec: al.Spec, batch: int) -> al.Estimate:
    """Everything that an estimate says, held against a run of the built module."""
    estimate = al.estimate(spec, batch=batch)
    assert not [d for d in estimate.diagnostics if d.severity == "error"], estimate.diagnostics
    net = al.build(spec)
    image = torch.randn(spec.input.feature_map().shape(batch))
    y, kept = kept_for_backward(net, image, apart=False)
    assert [o.shape for o in estimate.outputs] == shapes(y)
    assert estimate.params == sum(p.numel() for p in net.parameters())
    assert estimate.activation_bytes == kept.bytes
    assert estimate.macs == macs_on_meta(net, image)
    assert estimate.flops == 2 * estimate.macs
    rows = (*estimate.nodes, *estimate.links)
    for field in ("params", "macs", "flops", "elementwise", "activation_bytes"):
        assert getattr(estimate, field) == sum(getattr(row, field) for row in rows), field
    return estimate


@some.composite
def options_of(draw: some.DrawFn, code: str) -> dict[str, Any]:
    """Fields of one code, drawn from those that its class has and the code does not fix."""
    cls, fixed = default().codes[code]
    types = field_types(cls)
    free = [
        (name, [v for v in values if not convert(v, types[name])[1]])
        for name, values in FIELDS.items()
        if name in types and name not in fixed
    ]
    return {name: draw(some.sampled_from(values)) for name, values in free if values and draw(some.booleans())}


@some.composite
def documents(draw: some.DrawFn) -> al.Spec:
    """Small networks of every layout, code and link, with every option that a cell has."""
    layout = draw(some.sampled_from(["hrnet", "unet", "soanet"]))
    deepest = draw(some.sampled_from([1, 2, 2, 2, 3, 3, 4, 5]))
    unit = 2 ** (deepest if layout == "unet" else deepest - 1)
    height, width = (unit * draw(some.sampled_from([2, 2, 4] if deepest > 3 else [4, 8, 8, 12])) for _ in range(2))
    depth = draw(some.sampled_from([(), (1,), (2,), (4,), (3,)]))
    few = 1 if deepest > 3 else 3
    codes = draw(some.lists(some.sampled_from(sorted(default().codes)), min_size=1, max_size=few))
    fields = {
        "cells": "".join(codes),
        "input": "x".join(map(str, (draw(some.integers(1, 3)), *depth, height, width))),
        "channels": draw(some.sampled_from([4, 8])) if deepest < 4 else 4,
        "heads": draw(some.sampled_from([1, 2, 4])),
        "window": draw(some.sampled_from([[1, 4, 4], [1, 8, 4], [2, 4, 4], [2, 8, 8], [4, 4, 8]])),
        "patch": draw(some.sampled_from([[1, 2, 2], [1, 1, 2], [1, 1, 1], [2, 2, 2]])),
        "window_sizing": draw(some.sampled_from(["mixed", "keep_window_size", "keep_num_window"])),
        "norm": draw(
            some.sampled_from(["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"])
        ),
        "arrangement": draw(some.sampled_from(["sequential", "parallel"])),
        "dense": draw(some.booleans()),
        "checkpoint": draw(some.sampled_from([False, False, True])),
        "pad": draw(some.sampled_from([False, True])),
    }
    down = draw(some.sampled_from(DOWN))
    up = draw(some.sampled_from(UP))
    if layout == "hrnet":
        stages = deepest + (deepest < 3 and draw(some.booleans()))
        spec = al.hrnet(levels=deepest, stages=stages, down=down, up=up, **fields)
    elif layout == "unet":
        spec = al.unet(levels=deepest, gate=draw(some.booleans()), down=down, up=up, **fields)
    else:
        spec = al.soanet(stages=deepest, downsample=draw(some.booleans()), down=down, **fields)
    for code in dict.fromkeys(codes):
        spec = spec.with_code_option(code, **draw(options_of(code)))
    return draw(dressed(spec, depth))


@some.composite
def dressed(draw: some.DrawFn, spec: al.Spec, depth: tuple[int, ...]) -> al.Spec:
    """The document with options of its links, a stem, a head, and an original's defects, each maybe."""
    for kind in {spec.layout.params.get("down"), spec.layout.params.get("up")} - {None}:
        types = field_types(default().links[kind])
        given: dict[str, Any] = (
            {"dims": draw(some.sampled_from([2, 2, 3]))} if "dims" in types and depth == (4,) else {}
        )
        given |= {"mode": draw(some.sampled_from(["linear", "nearest", "spline"]))} if "mode" in types else {}
        given |= {"cells": draw(some.sampled_from(["C2", "T1L0"]))} if "cells" in types else {}
        spec = spec.with_link_options(kind, **given) if given else spec
    stem = draw(some.sampled_from([None, None, "conv", "conv_stride"]))
    if stem is not None:
        spec = spec.with_stem(stem, channels=4, **({"steps": 1} if stem == "conv_stride" else {}))
    head = draw(some.sampled_from([None, "classify", "dense"]))
    spec = spec if head is None else spec.with_head(head, classes=3)
    if stem == "conv" and head == "dense" and draw(some.booleans()):
        spec = spec.with_link("stem>head", "zero_pad")
    return spec.with_compat(draw(some.sampled_from([None, None, "snraware"])))


@given(documents(), some.integers(1, 3))
@settings(suppress_health_check=list(HealthCheck))
def test_random_documents(spec: al.Spec, batch: int) -> None:
    assume(not any(d.severity == "error" for d in al.check(spec)))
    assume((al.estimate(spec, batch=batch).activation_bytes or 0) < LARGEST)
    held_against_the_module(spec, batch)


@pytest.mark.parametrize("batch", [1, 2])
def test_links_that_the_document_changes(batch: int) -> None:
    spec = al.hrnet(levels=3, channels=4, cells="C2", input="3x16x16")
    spec = spec.with_link("B01>B12", off=True).with_link("B11>B22", "conv_stride")
    spec = spec.with_link("B11>B02", "interp_conv1").with_link("B00>B02", "projection")
    estimate = held_against_the_module(spec, batch)
    ids = {row.id for row in estimate.links}
    assert "B01>B12" not in ids
    assert "B11>B02" in ids
