"""What stands around the operation, against the slow twin: norms, activations, mixers, arrangements, convolutions."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import torch

from archlab.document.feature_map import FeatureMap
from archlab.parts.fields import Activation, Norm
from tests.nn.slow.twin import compare, compare_single, five, make, module, slow_cell, weights_of

NORMS = ["instance2d", "instance3d", "batch2d", "batch3d", "layer", "layer3d", "channel"]
ACTIVATIONS = ["prelu", "elu", "relu", "leakyrelu", "relu6", "selu", "celu", "gelu", "gelu_exact"]
ARRANGEMENTS = ["sequential", "parallel"]
SMALL = {"mixer_ratio": 0.75, "batch": 2}


def test_nothing_is_left_out() -> None:
    assert set(get_args(Norm)) == set(NORMS)
    assert set(get_args(Activation)) == set(ACTIVATIONS)


@pytest.mark.parametrize(
    ("code", "size"), [("C2", (3, 4, 5)), ("C2", (4, 5)), ("C2", (1, 4, 5)), ("C3", (3, 4, 5)), ("C3", (2, 5, 4))]
)
@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("norm", NORMS)
def test_norms(code: str, norm: str, arrangement: str, size: tuple[int, ...]) -> None:
    compare(code, size, norm=norm, arrangement=arrangement, **SMALL)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("norm", NORMS)
def test_norms_before_an_attention(norm: str, arrangement: str) -> None:
    compare("T1", (3, 4, 5), width=6, norm=norm, arrangement=arrangement, heads=2, **SMALL)


@pytest.mark.parametrize("norm", [n for n in NORMS if n.startswith("batch")])
def test_batch_norms_in_evaluation_use_what_they_have_seen(norm: str) -> None:
    part, x_map = make("C2", norm=norm, mixer="none"), FeatureMap(channels=3, size=(4, 5))
    net = module(part, x_map, 3)
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    with torch.no_grad():
        for _ in range(400):  # the running statistics come to rest on those of this batch, variance unbiased
            net(x)
        seen = slow_cell("C2", part, {})(five(x), weights_of(net))
        torch.testing.assert_close(five(net.train()(x)), seen, rtol=0, atol=1e-9)
        assert not torch.allclose(five(net.eval()(x)), seen, rtol=0, atol=1e-9)
        torch.testing.assert_close(five(net.eval()(x)), seen, rtol=0, atol=0.2)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("code", ["C2", "C3"])
def test_activations(code: str, activation: str) -> None:
    compare(code, (3, 4, 5), activation=activation, width=6, **SMALL)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_of_a_linear_mixer(activation: str) -> None:
    windows = {"window": (1, 4, 6), "patch": (1, 2, 3), "heads": 2, "mixer": "linear"}
    compare("L1", (4, 6), activation=activation, **windows, **SMALL)


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("code", ["C2", "C3", "T1", "L1", "V3", "Sh"])
def test_kernels_of_the_mixer(code: str, kernel: int, arrangement: str) -> None:
    fields: dict[str, Any] = {} if code[0] == "C" else {"heads": 2}
    if code[0] not in "CT":
        fields["window"] = (2, 2, 3)
    if code[0] == "L":
        fields["patch"] = (1, 1, 3)
    compare(code, (2, 4, 6), width=6, mixer_kernel=kernel, arrangement=arrangement, **fields, **SMALL)


@pytest.mark.parametrize("width", [4, 6])
@pytest.mark.parametrize("mixer", ["conv", "none"])
@pytest.mark.parametrize(
    ("code", "size"),
    [("C2", (4, 5)), ("C2", (1, 4, 5)), ("C2", (3, 2, 2)), ("C3", (3, 4, 5)), ("C3", (2, 2, 2)), ("C3", (5, 3, 2))],
)
def test_convolution_cells(code: str, size: tuple[int, ...], mixer: str, width: int) -> None:
    compare(code, size, width=width, mixer=mixer, **SMALL)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("code", ["C2", "C3"])
def test_single_precision(code: str, norm: str) -> None:
    assert compare_single(code, (3, 6, 8), norm=norm, mixer_ratio=1.0) < 1e-5
