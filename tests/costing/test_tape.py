"""Every operation of the tape does what its torch counterpart does: shapes, memory order, counts, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archlab.costing.recorder import Conditions, under
from archlab.costing.tape import Tape, Value
from archlab.document.feature_map import FeatureMap
from archlab.estimator import count
from archlab.nn.norm import normalized
from archlab.testing.truth import kept_for_backward

X = FeatureMap(channels=4, size=(6, 8))


class Play(NamedTuple):
    """One operation, on the tape and as a module."""

    tape: Callable[[Tape, Value], Value]
    module: Callable[[], nn.Module]


class Call(nn.Module):
    """A function as a module, with the modules that it uses."""

    def __init__(self, function: Callable[..., Tensor], *parts: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, *self.parts)


PLAYS = {
    "conv 3x3": Play(lambda t, x: t.conv(x, 5, (3, 3)), lambda: nn.Conv2d(4, 5, 3)),
    "conv padded, strided, no bias": Play(
        lambda t, x: t.conv(x, 5, (3, 3), stride=2, padding=1, bias=False),
        lambda: nn.Conv2d(4, 5, 3, stride=2, padding=1, bias=False),
    ),
    "depth-wise conv": Play(
        lambda t, x: t.conv(x, 8, (3, 3), padding=1, groups=4), lambda: nn.Conv2d(4, 8, 3, padding=1, groups=4)
    ),
    "mirrored conv": Play(
        lambda t, x: t.conv(t.pad(x, 1, 1), 4, (3, 3)), lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect")
    ),
    "zero padding": Play(lambda t, x: t.pad(x, 1, 2, mode="constant"), lambda: Call(lambda x: F.pad(x, (2, 2, 1, 1)))),
    "no padding": Play(lambda t, x: t.pad(x, 0, 0), lambda: Call(lambda x: x)),
    "linear": Play(lambda t, x: t.linear(x, 7), lambda: nn.Linear(8, 7)),
    "linear on a transposed map": Play(
        lambda t, x: t.linear(t.transpose(x, 1, 3), 3, bias=False),
        lambda: Call(lambda x, f: f(x.transpose(1, 3)), nn.Linear(4, 3, bias=False)),
    ),
    "product with itself": Play(
        lambda t, x: t.matmul(x, t.transpose(x, -1, -2)), lambda: Call(lambda x: x @ x.transpose(-1, -2))
    ),
    "product with a transposed copy": Play(
        lambda t, x: t.matmul(t.transpose(x, 1, 2), t.transpose(t.transpose(x, 1, 2), -1, -2)),
        lambda: Call(lambda x: x.transpose(1, 2) @ x.transpose(1, 2).transpose(-1, -2)),
    ),
    "sum of a map and its mean": Play(
        lambda t, x: t.add(x, t.reshape(t.mean(x, (2, 3)), x.shape[0], 4, 1, 1)),
        lambda: Call(lambda x: x + x.mean((2, 3)).reshape(-1, 4, 1, 1)),
    ),
    "square": Play(lambda t, x: t.mul(x, x), lambda: Call(lambda x: x * x)),
    "product with a constant": Play(
        lambda t, x: t.mul(x, t.constant(1)), lambda: Call(lambda x: x * torch.ones(1, device=x.device))
    ),
    "quotient": Play(
        lambda t, x: t.div(x, t.reshape(t.mean(x, (1,)), x.shape[0], 1, 6, 8)),
        lambda: Call(lambda x: x / x.mean(1).reshape(-1, 1, 6, 8)),
    ),
    "softmax": Play(lambda t, x: t.softmax(x), lambda: nn.Softmax(-1)),
    "normalize": Play(lambda t, x: t.normalize(x), lambda: Call(lambda x: F.normalize(x, dim=-1))),
    "dropout": Play(lambda t, x: t.dropout(x, 0.5), lambda: nn.Dropout(0.5)),
    "no dropout": Play(lambda t, x: t.dropout(x, 0.0), lambda: nn.Dropout(0.0)),
    "instance norm": Play(lambda t, x: t.instance_norm(x), lambda: nn.InstanceNorm2d(4)),
    "instance norm of a transposed map": Play(
        lambda t, x: t.instance_norm(t.transpose(x, 1, 2)),
        lambda: Call(lambda x, f: f(x.transpose(1, 2)), nn.InstanceNorm2d(6)),
    ),
    "batch norm": Play(lambda t, x: t.batch_norm(x), lambda: nn.BatchNorm2d(4)),
    "batch norm of a map with channels last": Play(
        lambda t, x: t.batch_norm(t.permute(t.contiguous(t.permute(x, 0, 2, 3, 1)), 0, 3, 1, 2)),
        lambda: Call(
            lambda x, f: normalized(f, "batch2d", x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2), 1),
            nn.BatchNorm2d(4),
        ),
    ),
    "layer norm": Play(lambda t, x: t.layer_norm(x, 3), lambda: nn.LayerNorm((4, 6, 8))),
    "bilinear": Play(lambda t, x: t.interpolate(x, (3, 4)), lambda: nn.Upsample((3, 4), mode="bilinear")),
    "nearest": Play(
        lambda t, x: t.interpolate(x, (12, 16), mode="nearest"), lambda: nn.Upsample((12, 16), mode="nearest")
    ),
    "max pooling, rounding down": Play(lambda t, x: t.max_pool(x, (4, 3)), lambda: nn.MaxPool2d((4, 3))),
    "max pooling of volumes": Play(
        lambda t, x: t.max_pool(t.reshape(x, x.shape[0], 1, 4, 6, 8), (2, 2, 2)),
        lambda: Call(lambda x: F.max_pool3d(x.reshape(-1, 1, 4, 6, 8), 2)),
    ),
    "transposed conv": Play(lambda t, x: t.conv_transpose(x, 3, (2, 2)), lambda: nn.ConvTranspose2d(4, 3, 2, stride=2)),
    "transposed conv of volumes, no bias": Play(
        lambda t, x: t.conv_transpose(t.reshape(x, x.shape[0], 2, 2, 6, 8), 3, (2, 2, 2), bias=False),
        lambda: Call(lambda x, f: f(x.reshape(-1, 2, 2, 6, 8)), nn.ConvTranspose3d(2, 3, 2, stride=2, bias=False)),
    ),
    "copy": Play(
        lambda t, x: t.contiguous(t.permute(x, 0, 2, 3, 1)), lambda: Call(lambda x: x.permute(0, 2, 3, 1).contiguous())
    ),
    **{
        name: Play(lambda t, x, name=name: t.activation(x, name), module)  # type: ignore[misc]
        for name, module in {
            "prelu": nn.PReLU,
            "relu": nn.ReLU,
            "sigmoid": nn.Sigmoid,
            "gelu": nn.GELU,
            "elu": nn.ELU,
            "selu": nn.SELU,
            "celu": nn.CELU,
            "relu6": nn.ReLU6,
            "leakyrelu": nn.LeakyReLU,
        }.items()
    },
}


@pytest.mark.parametrize("name", PLAYS)
@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("batch", [1, 3])
def test_an_operation_and_its_counterpart(name: str, grad: bool, batch: int) -> None:
    play = PLAYS[name]
    conditions = Conditions(batch, grad)
    with under(conditions):
        tape = Tape(X)
        out = play.tape(tape, tape.x)
        cost = tape.cost(out)
    module = play.module()
    x = torch.rand(X.shape(batch)).requires_grad_(grad)
    y, kept = kept_for_backward(module, x)
    assert out.shape == tuple(y.shape)
    assert [s for s, n in zip(out.memory[1], out.shape, strict=True) if n > 1] == [
        s for s, n in zip(y.stride(), y.shape, strict=True) if n > 1
    ]
    assert out.grad == y.requires_grad
    assert cost.saved_bytes == kept.bytes
    aliased = y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    assert cost.aliases_input == aliased
    assert (cost.saves_input, cost.saves_output) == kept.ends
    assert cost.params == sum(p.numel() for p in module.parameters())
    probed = count(play.module, (X,), conditions)
    assert (probed.macs, probed.elementwise) == (cost.macs, cost.elementwise)
    assert probed.saved_bytes in (cost.saved_bytes, None)


def test_a_view_of_a_part_of_a_tensor_is_not_told() -> None:
    tape = Tape(X)
    out = tape.mul(tape.x, tape.x)
    part = Value((1, 2, 6, 8), out.memory[1], out.storage, grad=True, elements=96)
    assert tape.cost(part).saved_bytes is None


def test_conditions_end_with_their_block() -> None:
    with under(Conditions(batch=5, input_grad=False)):
        assert Tape(X).x.shape[0] == 5
    assert Tape(X).x.shape[0] == 1
    assert Tape(X).x.grad
