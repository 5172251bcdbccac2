"""What becomes of a tensor on its way in: cut, joined, turned, reshaped; of another size it stays as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from archlab.checkpoints.changing import changed
from archlab.checkpoints.naming import Change

FUSED = torch.arange(24.0).reshape(6, 4)


def same(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.equal(a, b)


def test_a_part_is_cut_from_a_fused_tensor() -> None:
    assert same(changed([FUSED], Change(part=(1, 3)), (2, 4)), FUSED[2:4])
    assert same(changed([FUSED], Change(part=(1, 4)), (2, 4)), FUSED)  # 6 rows are no 4 parts


def test_tensors_are_joined_in_their_order() -> None:
    assert same(changed([FUSED, FUSED[:1]], Change(), (7, 4)), torch.cat([FUSED, FUSED[:1]]))
    assert same(changed([FUSED, FUSED.T], Change(), (7, 4)), FUSED)


def test_axes_are_turned() -> None:
    assert same(changed([FUSED], Change(axes=(1, 0)), (4, 6)), FUSED.T)
    assert same(changed([FUSED], Change(axes=(2, 1, 0)), (4, 6)), FUSED)


def test_the_shape_is_that_of_the_net_where_the_numbers_suffice() -> None:
    assert same(changed([FUSED], Change(reshaped=True), (6, 4, 1, 1)), FUSED[:, :, None, None])
    assert same(changed([FUSED], Change(reshaped=True), (6, 5)), FUSED)
