"""Peak memory of one forward, and of one training step."""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from archlab.document.entries import Input
from archlab.profiler.clock import Tick
from archlab.profiler.result import Memory
from archlab.profiler.target import Target, out_of_memory

REPLAY = "allocator events of torch.profiler, replayed"
ALLOCATOR = "torch.cuda.max_memory_allocated"


def measure(target: Target, tick: Tick) -> Memory:
    """Peaks of the allocator: CUDA's own statistics, on the CPU the profiler's allocation events in order of time.

    The training step (mean of every output, backward, no optimiser) runs on a copy, so that the network keeps its
    gradients and running statistics. Where it does not fit or fails, its peak is None and a note says why.
    """
    peak = _cuda_peak if target.device.type == "cuda" else _replayed_peak
    static = target.static_bytes()
    notes = []
    with torch.inference_mode():
        target.forward()  # lazy buffers and workspaces exist from here on
        tick()
        inference, _ = peak(target.forward, target.device)
    tick()
    training: int | None = None
    reserved: int | None = None
    try:
        step = _training_step(target)
        training, reserved = peak(step, target.device)
    except (RuntimeError, ValueError, MemoryError) as error:
        full = out_of_memory(error)
        reason = "does not fit into the device's memory." if full else f"fails: {str(error).splitlines()[0]}"
        notes.append(f"A training step of this batch {reason}")
    low, high = _predicted(target)
    return Memory(
        static_bytes=static,
        inference_bytes=static + inference,
        training_bytes=None if training is None else static + training,
        reserved_bytes=reserved,
        predicted_low=low,
        predicted_high=high,
        method=ALLOCATOR if target.device.type == "cuda" else REPLAY,
        notes=tuple(notes),
    )


def _training_step(target: Target) -> Callable[[], None]:
    """One forward and backward on a copy of the network."""
    net = copy.deepcopy(target.net).train()
    net.zero_grad(set_to_none=True)

    def step() -> None:
        with torch.enable_grad():
            out = net(target.x)
            maps: list[Tensor] = out if isinstance(out, list) else [out]
            torch.stack([m.float().mean() for m in maps]).sum().backward()

    return step


def _predicted(target: Target) -> tuple[int | None, int | None]:
    """Bracket of the training peak from the estimate (float32 only)."""
    from archlab.estimator import estimate

    net = target.net
    if net.spec is None or target.x.dtype != torch.float32:
        return None, None
    batch, channels, *size = target.x.shape
    saved = estimate(net.spec.with_input(Input(channels=channels, size=tuple(size))), batch=batch).activation_bytes
    if saved is None:
        return None, None
    weights = sum(p.numel() * p.element_size() for p in net.parameters())
    gradients = sum(p.numel() * p.element_size() for p in net.parameters() if p.requires_grad)
    rest = target.static_bytes() - weights
    return max(weights + saved, weights + gradients), weights + gradients + saved + rest


def _cuda_peak(run: Callable[[], None], device: torch.device) -> tuple[int, int | None]:
    """Peak of allocated bytes while `run` runs, above what was allocated before; and the peak of reserved bytes."""
    torch.cuda.synchronize(device)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before, torch.cuda.max_memory_reserved(device)


def _replayed_peak(run: Callable[[], None], device: torch.device) -> tuple[int, int | None]:
    """Peak of allocated bytes while `run` runs, above what was allocated before: the sum of its allocation events."""
    # Kineto writes start and stop lines to stderr unless told not to before its first use.
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as recorded:
        run()
    tree = recorded.profiler.kineto_results.experimental_event_tree()  # type: ignore[union-attr]
    allocation = torch._C._profiler._EventType.Allocation
    events = sorted((e for e in _walk(tree) if e.tag == allocation), key=lambda e: e.start_time_ns)
    return max(0, *itertools.accumulate((e.extra_fields.alloc_size for e in events), initial=0)), None


def _walk(events: list[Any]) -> Iterator[Any]:
    """Every event of the profiler's tree, without recursion: the tree of a deep network is deep."""
    waiting = list(events)
    while waiting:
        event = waiting.pop()
        yield event
        waiting.extend(event.children)
