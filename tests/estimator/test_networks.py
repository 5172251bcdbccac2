"""An estimate is the truth: random documents against the module that they build, tolerance 0."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

import archlab as al
from tests.estimator.truth import kept_for_backward, macs_on_meta, shapes

CODES = ("C2", "T1", "T0", "L1", "L0", "G1", "G0")


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
def documents(draw: some.DrawFn) -> al.Spec:
    """Small networks of every layout, with every option that a cell has."""
    size = draw(some.sampled_from([(16, 16), (16, 24), (1, 16, 16), (2, 16, 16), (3, 8, 16)]))
    layout = draw(some.sampled_from(["hrnet", "unet", "soanet"]))
    fields = {
        "cells": draw(some.lists(some.sampled_from(CODES), min_size=1, max_size=3).map("".join)),
        "input": "x".join(map(str, (draw(some.integers(1, 3)), *size))),
        "channels": draw(some.sampled_from([4, 8])),
        "heads": draw(some.sampled_from([1, 2, 4])),
        "window": draw(some.sampled_from([[1, 4, 4], [1, 8, 4], [1, 8, 8]])),
        "patch": draw(some.sampled_from([[1, 2, 2], [1, 1, 2], [1, 1, 1]])),
        "window_sizing": draw(some.sampled_from(["mixed", "keep_window_size", "keep_num_window"])),
        "norm": draw(some.sampled_from(["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d"])),
        "activation": draw(some.sampled_from(["prelu", "relu", "gelu", "elu", "leakyrelu", "relu6", "selu", "celu"])),
        "arrangement": draw(some.sampled_from(["sequential", "parallel"])),
        "mixer_ratio": draw(some.sampled_from([1.0, 2.5])),
        "drop_path": draw(some.sampled_from([0.0, 0.1])),
        "score": draw(some.sampled_from(["cosine", "dot"])),
        "normalize_qk": draw(some.booleans()),
        "relative_position": draw(some.booleans()),
        "output_projection": draw(some.booleans()),
        "projection": draw(some.sampled_from(["conv", "linear"])),
        "attention_dropout": draw(some.sampled_from([0.0, 0.2])),
        "dense": draw(some.booleans()),
        "checkpoint": draw(some.sampled_from([False, False, True])),
    }
    if layout == "hrnet":
        levels = draw(some.integers(1, 3))
        stages = draw(some.integers(levels, levels + 1))
        down = draw(some.sampled_from(["patch_merge", "conv_stride", "interp_conv1", "interp_conv3"]))
        up = draw(some.sampled_from(["interp_conv1", "interp_conv3"]))
        spec = al.hrnet(levels=levels, stages=stages, down=down, up=up, **fields)
    elif layout == "unet":
        spec = al.unet(levels=draw(some.integers(1, 2)), gate=draw(some.booleans()), **fields)
    else:
        spec = al.soanet(stages=draw(some.integers(1, 3)), downsample=draw(some.booleans()), **fields)
    stem = draw(some.sampled_from([None, "conv", "conv_stride"]))
    if stem is not None:
        spec = spec.with_stem(stem, channels=4, **({"steps": 1} if stem == "conv_stride" else {}))
    head = draw(some.sampled_from([None, "classify", "dense"]))
    return spec if head is None else spec.with_head(head, classes=3)


@given(documents(), some.integers(1, 3))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_documents(spec: al.Spec, batch: int) -> None:
    assume(not any(d.severity == "error" for d in al.check(spec)))
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
