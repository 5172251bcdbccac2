"""The same network on CUDA; counted skips on a machine without it."""

from __future__ import annotations

import pytest
import torch

import archlab as al
from archlab.profiler import Profile, profile

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine"),
]

SPEC = al.hrnet(levels=2, channels=16, cells="T1L1G1C2", input="3x64x64", heads=4, window=(1, 8, 8))


@pytest.fixture(scope="module")
def taken() -> Profile:
    return profile(SPEC, "cuda", 4, min_seconds=0.1)


def test_profile_names_the_device_and_measures_with_events(taken: Profile) -> None:
    assert taken.device == "cuda:0"
    assert taken.device_name == torch.cuda.get_device_name(0)
    assert {"cuda", "cudnn", "gpu", "tf32 convolutions"} <= set(taken.environment)
    assert 0 < taken.latency.min_ms <= taken.latency.p50_ms <= taken.latency.p95_ms
    assert all(part.p50_ms > 0 for part in taken.nodes)


def test_memory_is_that_of_the_cuda_allocator(taken: Profile) -> None:
    memory = taken.memory
    assert memory is not None
    assert memory.method == "torch.cuda.max_memory_allocated"
    assert memory.inference_bytes is not None
    assert memory.training_bytes is not None
    assert memory.reserved_bytes is not None
    assert memory.static_bytes < memory.inference_bytes < memory.training_bytes <= 2 * memory.reserved_bytes


def test_counters_agree_on_the_device(taken: Profile) -> None:
    rows = {row.tool: row for row in taken.cross_check}
    assert rows["archlab estimate"].macs == rows["FlopCounterMode (meta)"].macs
    assert rows["fvcore"].macs is not None


def test_cpu_and_cuda_compute_the_same() -> None:
    torch.manual_seed(0)
    net = al.build(SPEC).eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        expected = net(x)
        outputs = net.cuda()(x.cuda())
    for one, other in zip(outputs, expected, strict=True):
        torch.testing.assert_close(one.cpu(), other, rtol=1e-3, atol=1e-4)


def test_bfloat16_autocast_and_channels_last_train() -> None:
    torch.manual_seed(0)
    net = al.build(SPEC).cuda().to(memory_format=torch.channels_last)
    x = torch.randn(2, 3, 64, 64, device="cuda").to(memory_format=torch.channels_last)
    with torch.autocast("cuda", dtype=torch.bfloat16):
        outputs = net(x)
    sum(y.float().square().mean() for y in outputs).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_out_of_memory_is_an_event_and_the_device_stays_usable() -> None:
    from archlab.profiler import ProfileFailed, profile_events

    *_, last = profile_events(SPEC, "cuda", 2_000_000, min_seconds=0.05)
    assert isinstance(last, ProfileFailed)
    assert last.reason == "oom"
    assert profile(SPEC, "cuda", 1, min_seconds=0.05).latency.p50_ms > 0


def test_an_edited_net_and_its_optimised_copy_stay_on_the_device() -> None:
    spec = al.hrnet(levels=2, channels=16, cells="C2", input="3x32x32", norm="batch2d")
    net = al.build(spec)
    with torch.device("cuda"):
        other = al.build(spec.with_block("B11", "C2C2"), weights_from=net).eval()
    fast = al.optimize(other)
    assert all(tensor.is_cuda for held in (other, fast) for tensor in held.state_dict().values())
    x = torch.randn(1, 3, 32, 32, device="cuda")
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
        for one, plain in zip(fast(x), other(x), strict=True):
            torch.testing.assert_close(one, plain, rtol=1e-3, atol=1e-4)
