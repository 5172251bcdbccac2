"""Constants of sizes: exact in every precision, one copy, bounded, and the same whatever mode or thread asks first."""

from __future__ import annotations

import threading
import warnings

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.func import grad, vmap

from archlab.nn import shared
from archlab.nn.shared import Recent, constant, is_constant, maker

CALLS: list[tuple[int, ...]] = []


@maker
def thirds_and_counts(*sizes: int) -> tuple[Tensor, Tensor]:
    """Two small tensors for the tests; remembers when it is called."""
    CALLS.append(sizes)
    return torch.arange(sizes[0], dtype=torch.float64) / 3, torch.arange(sizes[0])


@pytest.fixture(autouse=True)
def from_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No constant is known."""
    monkeypatch.setattr(shared, "_RECENT", Recent(shared.LIMIT))
    CALLS.clear()


def thirds(like: Tensor, *sizes: int) -> Tensor:
    return constant(thirds_and_counts, sizes or (3,), like)


def test_equal_sizes_are_made_once_and_share_memory() -> None:
    x = torch.zeros(1)
    first, second, other = thirds(x, 3), thirds(x, 3), thirds(x, 4)
    assert first is second
    assert len(other) == 4
    assert CALLS == [(3,), (4,)]
    counts = constant(thirds_and_counts, (3,), x, part=1)
    assert torch.equal(counts, torch.arange(3))
    assert len(CALLS) == 2


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_numbers_are_rounded_once_and_indices_never(dtype: torch.dtype) -> None:
    x = torch.zeros(1, dtype=dtype)
    assert torch.equal(thirds(x), (torch.arange(3, dtype=torch.float64) / 3).to(dtype))
    assert constant(thirds_and_counts, (3,), x, part=1).dtype == torch.int64


def test_two_makers_of_one_name_are_refused() -> None:
    def thirds_and_counts() -> tuple[Tensor, ...]:
        return ()

    thirds_and_counts.__module__ = "elsewhere"
    with pytest.raises(ValueError, match="two makers of constants are called 'thirds_and_counts'"):
        maker(thirds_and_counts)


def test_what_is_remembered_is_bounded_and_the_latest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "_RECENT", Recent(limit=1000))
    x, held = torch.zeros(1, dtype=torch.float64), 16 * 20
    for _ in range(3):
        for n in range(1, 41):
            thirds(x, n)
            assert shared._RECENT.bytes <= 1000
    assert shared._RECENT.bytes >= 1000 - 16 * 40
    latest = thirds(x, 20)
    assert shared._RECENT.bytes >= held
    CALLS.clear()
    assert thirds(x, 20) is latest
    assert CALLS == []
    huge = thirds(x, 500)
    assert thirds(x, 500) is huge
    assert len(shared._RECENT._known) == 1


def test_a_constant_and_its_views_are_known_as_such() -> None:
    found = thirds(torch.zeros(1))
    assert is_constant(found)
    assert is_constant(found[1:])
    assert not is_constant(found.clone())


def test_one_that_is_asked_for_under_a_mode_is_as_any_other() -> None:
    """Whatever happens first: later callers get a plain tensor with the right numbers, on the right device."""
    x = torch.zeros(3)
    expected = torch.arange(3, dtype=torch.float64).div(3).float()

    def within_inference() -> None:
        with torch.inference_mode():
            thirds(torch.zeros(3))

    def within_another_default() -> None:
        with torch.device("meta"):
            thirds(x)

    def within_fake_tensors() -> None:
        with FakeTensorMode():
            assert type(thirds(torch.zeros(3))) is FakeTensor

    def within_transforms() -> None:
        vmap(grad(lambda y: (y * thirds(y)).sum()))(torch.zeros(2, 3))

    def within_a_trace() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of torch.jit.trace itself
            torch.jit.trace(lambda y: y * thirds(y), (x,))

    for first in (within_inference, within_another_default, within_fake_tensors, within_transforms, within_a_trace):
        shared._RECENT._known.clear()
        first()
        found = thirds(x)
        assert type(found) is Tensor, first
        assert not found.is_inference(), first
        assert torch.equal(found, expected), first
        weight = torch.ones(3, requires_grad=True)
        (weight * found).sum().backward()
        assert weight.grad is not None
        assert torch.equal(weight.grad, expected), first


def test_the_meta_device_has_its_own() -> None:
    assert thirds(torch.zeros(1, device="meta")).is_meta
    assert not thirds(torch.zeros(1)).is_meta


def test_a_maker_s_error_reaches_the_caller() -> None:
    with pytest.raises(IndexError):
        constant(thirds_and_counts, (), torch.zeros(1))


def test_threads_that_ask_at_once_get_the_same_tensor() -> None:
    found: list[Tensor] = []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        found.append(thirds(torch.zeros(1), 1000))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(tensor is found[0] for tensor in found)


@pytest.mark.gpu
def test_a_gpu_has_its_own_and_a_captured_graph_keeps_it() -> None:
    x = torch.zeros(3, device="cuda")
    thirds(x)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        y = thirds(x) + 1
    shared._RECENT._known.clear()
    torch.full((1000,), 7.0, device="cuda")
    graph.replay()
    torch.testing.assert_close(y.cpu(), torch.arange(3) / 3 + 1)
