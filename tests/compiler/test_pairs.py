"""A batch norm is folded where it reads a convolution's output directly and alone, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

import archlab as al
from tests.compiler.copies import grown, held, told


class Case(nn.Module):
    """A convolution and a norm, in the hands of one line of Python."""

    def __init__(self, forward: Callable[[Case, Tensor], Tensor]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.inside = nn.Sequential(nn.Identity())
        self.way = forward

    def forward(self, x: Tensor) -> Tensor:
        return self.way(self, x)


def case(forward: Callable[[Case, Tensor], Tensor]) -> al.Backbone:
    """A net of one block, which is a case, on maps with four channels, rows and columns."""
    net = al.build(al.soanet(stages=1, channels=4, cells="C2", input="4x4x4"))
    net.stage0 = Case(forward)
    grown(net)
    return net


def doubled(case: Case, x: Tensor) -> Tensor:
    y = case.conv(x)
    y += 1
    return case.norm(y)


def through_a_view(case: Case, x: Tensor) -> Tensor:
    y = case.conv(x)
    y.unsqueeze(0).add_(1)
    return case.norm(y)


def looked_at(case: Case, x: Tensor) -> Tensor:
    y = case.conv(x)
    return case.norm(y) + y


FOLDS: dict[str, Callable[[Case, Tensor], Tensor]] = {
    "directly": lambda c, x: c.norm(c.conv(x)),
    "through a module that does nothing": lambda c, x: c.norm(c.inside(c.conv(x))),
    "rows and columns exchanged": lambda c, x: c.norm(c.conv(x).transpose(2, 3)),
    "there and back": lambda c, x: c.norm(c.conv(x).permute(2, 0, 3, 1).contiguous().permute(1, 3, 0, 2)),
    "all rows in one": lambda c, x: c.norm(c.conv(x).flatten(2).unsqueeze(-1)),
    "in place behind it": lambda c, x: c.norm(c.conv(x)).relu_(),
}
ELSEWHERE = "its convolution's output is used elsewhere too"
NO_CONVOLUTION = "reads no convolution's output"
OTHER_AXIS = "normalises another axis than its convolution's channels"
TENSORS = "its tensors or its convolution's are read elsewhere too"
STAYS: dict[str, tuple[Callable[[Case, Tensor], Tensor], str]] = {
    "before": (lambda c, x: c.conv(c.norm(x)), NO_CONVOLUTION),
    "behind an activation": (lambda c, x: c.norm(c.conv(x).relu()), NO_CONVOLUTION),
    "behind one in place": (doubled, ELSEWHERE),
    "behind one in a view": (through_a_view, ELSEWHERE),
    "beside another reader": (looked_at, ELSEWHERE),
    "of a part": (lambda c, x: c.norm(c.conv(x)[:, :, :2]), NO_CONVOLUTION),
    "of other channels": (lambda c, x: c.norm(c.conv(x)[:, [1, 0, 3, 2]]), NO_CONVOLUTION),
    "of channels turned round": (lambda c, x: c.norm(c.conv(x).flip(1)), NO_CONVOLUTION),
    "of rows": (lambda c, x: c.norm(c.conv(x).transpose(1, 2)), OTHER_AXIS),
    "of rows, copied": (lambda c, x: c.norm(c.conv(x).transpose(1, 2).contiguous()), OTHER_AXIS),
    "of what has that shape alone": (
        lambda c, x: c.norm(c.conv(x).reshape(-1, 2, 2, 4, 4).transpose(1, 2).reshape(-1, 4, 4, 4)),
        OTHER_AXIS,
    ),
    "twice": (lambda c, x: c.norm(c.norm(c.conv(x))), "is not called once, with one map"),
    "never": (lambda c, x: c.conv(x), "is not called once, with one map"),
    "after two": (lambda c, x: c.norm(c.conv(c.conv(x))), ELSEWHERE),
    "with its weight": (lambda c, x: c.norm(c.conv(x)) * c.norm.weight.mean(), TENSORS),
    "with the convolution's": (lambda c, x: c.norm(c.conv(x)) * c.conv.weight.mean(), TENSORS),
    "by its name": (lambda c, x: c.norm(input=c.conv(x)), "is not called once, with one map"),
}


@pytest.mark.parametrize("name", FOLDS)
def test_a_norm_that_reads_a_convolution_is_folded(name: str) -> None:
    assert told(held(case(FOLDS[name]))).folded == (("stage0.conv", "stage0.norm"),)


@pytest.mark.parametrize("name", STAYS)
def test_any_other_norm_stays(name: str) -> None:
    forward, why = STAYS[name]
    assert told(held(case(forward))).alone == (("stage0.norm", why),)


def left(change: Callable[[Case], object], way: str = "directly") -> str:
    """Why the norm of a changed case is left alone."""
    net = case(FOLDS[way])
    change(net.stage0)
    ((name, why),) = told(held(net)).alone
    assert name == "stage0.norm"
    return why


def test_modules_that_stay_as_they_are() -> None:
    def share(case: Case) -> None:
        case.other = nn.Conv2d(4, 4, 3, padding=1)
        case.other.weight = case.conv.weight

    def twice(case: Case) -> None:
        case.again = case.conv

    class Own(nn.BatchNorm2d):
        pass

    def own(case: Case) -> None:
        case.norm = Own(4).double()

    def untracked(case: Case) -> None:
        case.norm = nn.BatchNorm2d(4, track_running_stats=False).double()

    assert left(lambda c: weight_norm(c.conv)) == "its convolution is parametrized"
    assert left(share) == left(twice) == "its convolution shares its tensors with another module"
    assert left(own) == "is a Own, not of torch's own type"
    assert left(untracked) == "has no running statistics"


def test_what_a_hook_sees_stays() -> None:
    seen: list[Tensor] = []

    def look(module: nn.Module, args: tuple[Tensor, ...], out: Tensor) -> None:
        seen.append(out)

    assert left(lambda c: c.norm.register_forward_hook(look)) == "has hooks, or a forward of its own"
    assert left(lambda c: c.conv.register_forward_hook(look)) == ELSEWHERE
    assert left(lambda c: c.inside.register_forward_hook(look), "through a module that does nothing") == ELSEWHERE
    assert not any(tensor.is_meta for tensor in seen)


def test_a_net_that_needs_numbers_is_refused() -> None:
    odd = case(lambda c, x: c.norm(c.conv(x)) * float(x.sum()))
    with pytest.raises(al.ArchlabError, match=r"^optimize: the net does not run on the meta device \(.*item.*\)\.$"):
        al.optimize(odd)
