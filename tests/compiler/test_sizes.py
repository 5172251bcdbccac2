"""Inputs of another shape: what runs, and the sentence for what does not."""

from __future__ import annotations

import re

import pytest
import torch

import archlab as al


@pytest.fixture(scope="module")
def plain() -> al.Backbone:
    return al.build(al.hrnet(levels=3, channels=4, cells="C2", input="3x16x16")).eval()


def test_another_size_runs_where_the_rules_allow_it(plain: al.Backbone) -> None:
    outputs = plain(torch.randn(1, 3, 24, 32))
    assert [tuple(y.shape) for y in outputs] == [(1, 4, 24, 32), (1, 8, 12, 16), (1, 16, 6, 8), (1, 28, 24, 32)]


def test_a_size_that_cannot_be_halved_names_one_that_works(plain: al.Backbone) -> None:
    with pytest.raises(ValueError, match="3x30x16 does not fit") as caught:
        plain(torch.randn(1, 3, 30, 16))
    named = re.search(r"An input of 3x(\d+)x(\d+) works", str(caught.value))
    assert named is not None
    height, width = int(named[1]), int(named[2])
    assert (abs(height - 30), width) == (2, 16)
    plain(torch.randn(1, 3, height, width))


def test_a_part_bound_to_its_size_says_so() -> None:
    net = al.build(al.hrnet(levels=2, channels=4, cells="C2", input="3x16x16", norm="layer")).eval()
    with pytest.raises(ValueError, match="B00 is bound to the size that it was built for") as caught:
        net(torch.randn(1, 3, 32, 32))
    assert "An input of 3x16x16 works" in str(caught.value)
    assert "build the document with that input" in str(caught.value)
    net(torch.randn(1, 3, 16, 16))


def test_wrong_number_of_axes(plain: al.Backbone) -> None:
    with pytest.raises(ValueError, match=r"takes 4-D tensors \(B, C, H, W\), such as \(B, 3, 16, 16\).*x\[None\]"):
        plain(torch.randn(3, 16, 16))
    with pytest.raises(ValueError, match=r"4-D.*shape \(1, 3, 2, 16, 16\)"):
        plain(torch.randn(1, 3, 2, 16, 16))


def test_wrong_number_of_channels(plain: al.Backbone) -> None:
    with pytest.raises(ValueError, match=r"takes 3 channels, such as \(B, 3, 16, 16\).*has 1 on its axis 1"):
        plain(torch.randn(1, 1, 16, 16))


def test_five_axes_and_another_depth() -> None:
    net = al.build(al.unet(levels=1, channels=4, cells="T1", input="2x4x8x8", heads=4)).eval()
    assert net(torch.randn(1, 2, 4, 8, 8))[0].shape == (1, 4, 4, 8, 8)
    assert net(torch.randn(1, 2, 6, 8, 8))[0].shape == (1, 4, 6, 8, 8)
    with pytest.raises(
        ValueError, match=r"5-D tensors \(B, C, D, H, W\), such as \(B, 2, 4, 8, 8\).*D axis with x\[:, :, None\]"
    ):
        net(torch.randn(1, 2, 8, 8))
    with pytest.raises(ValueError, match=r"batch axis with x\[None\]"):
        net(torch.randn(2, 4, 8, 8))


def test_an_unrelated_failure_at_a_new_size_is_left_as_it_is(plain: al.Backbone) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the user's own hook")

    handle = plain.B11.register_forward_hook(fail)
    try:
        with pytest.raises(RuntimeError, match="the user's own hook"):
            plain(torch.randn(1, 3, 40, 40))
    finally:
        handle.remove()


def test_an_observer_is_told_at_new_sizes_too(plain: al.Backbone) -> None:
    class Count:
        nodes = links = 0

        def node(self, *_: object) -> None:
            self.nodes += 1

        def link(self, *_: object) -> None:
            self.links += 1

    for _ in range(2):
        seen = Count()
        plain.run(torch.randn(1, 3, 48, 48), seen)
        assert (seen.nodes, seen.links) == (len(plain.graph.nodes), len(plain.graph.links))
