"""Attention and whole cells against the same formulas written plainly, with the whole attention matrix.

T, L, G, V2 and S3 with 64 channels on 64x64x16 (H x W x D), one sample, float32, cosine scores, with and without
position bias. Two things are measured on both sides, with the same weights, in turns, on one thread: the attention
operator alone (queries, keys and values in, tokens out) and the whole cell (norm, projections, attention, mixer); each
in inference and as a training step (forward and backward). Times are the least of several repeats, with the ratio of
the medians beside them; memory is the largest sum of all that is alive at once, inputs and weights included: on a CPU
as torch's allocator reports it, scratch space of its kernels too, on CUDA `max_memory_allocated`.

    python benchmarks/attention.py [--quick] [--repeats 7] [--codes T1 S3 ...] [--device cpu]
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import plain_attention as plain
import torch
from compare import add_update, beside_kept
from torch import Tensor, nn
from torch.nn.attention import SDPBackend
from torch.profiler import ProfilerActivity, profile

from archlab.document.feature_map import FeatureMap
from archlab.nn.attention import attend
from archlab.parts.catalog import default

CHANNELS, SIZE = 64, (16, 64, 64)
TIME_OF_OPERATOR, MEMORY_OF_OPERATOR, WHOLE_CELL = 0.7, 0.5, 1.0

Triple = tuple[int, int, int]


class Place(NamedTuple):
    """A code, how it cuts the map, and why it is in the table."""

    code: str
    heads: int
    window: Triple | None
    patch: Triple | None
    why: str


PLACES = (
    Place("T1", 8, None, None, "a frame is a token"),
    Place("L1", 16, (1, 8, 8), (1, 4, 4), "windows and patches of the released models"),
    Place("L1", 16, (1, 8, 8), (1, 2, 2), "their windows, patches of the default"),
    Place("L1", 16, (1, 16, 16), (1, 2, 2), "default"),
    Place("G1", 16, (1, 8, 8), (1, 4, 4), "released models"),
    Place("G1", 16, (1, 16, 16), (1, 2, 2), "default"),
    Place("V2", 16, (1, 8, 8), None, "released models"),
    Place("V2", 16, (1, 16, 16), None, "default"),
    Place("S3", 16, (4, 8, 8), None, "8x8 of the released models; their depth of 16 asks for 8 GiB plainly"),
)


class Side(NamedTuple):
    """One of the two implementations of a row: what is run, and on what."""

    work: Callable[..., Tensor]
    inputs: list[Tensor]
    weights: list[Tensor]

    def infer(self) -> Tensor:
        """Forward without gradients."""
        with torch.no_grad():
            return self.work(*self.inputs)

    def train(self) -> None:
        """Forward and backward; gradients are dropped."""
        out = self.work(*self.inputs)
        out.backward(torch.ones_like(out))
        for tensor in (*self.inputs, *self.weights):
            tensor.grad = None


class Measured(NamedTuple):
    """Seconds and bytes of both sides: archlab, plain."""

    seconds: tuple[list[float], list[float]]
    bytes: tuple[int, int]

    @property
    def time(self) -> float:
        """Ratio of the least times."""
        return min(self.seconds[0]) / min(self.seconds[1])

    @property
    def spread(self) -> str:
        """Least and largest ratio of a turn."""
        turns = [ours / theirs for ours, theirs in zip(*self.seconds, strict=True)]
        return f"{min(turns):.2f}-{max(turns):.2f}"

    @property
    def memory(self) -> float:
        """Ratio of the peaks."""
        return self.bytes[0] / self.bytes[1]


def cells(place: Place, bias: bool, size: Triple, device: str) -> tuple[nn.Module, nn.Module]:
    """archlab's cell and the plain one, with the same weights."""
    cls, preset = default().codes[place.code]
    options = {"heads": place.heads, "window": place.window, "patch": place.patch, "drop_path": 0.0}
    if place.window is not None:
        options["relative_position"] = bias
    cell = cls(**preset, **{name: value for name, value in options.items() if value is not None})
    x = FeatureMap(channels=CHANNELS, size=size)
    if place.window is None:
        attention: plain.Attention = plain.FrameAttention(CHANNELS, place.heads)
    else:
        found = cell.effective(x)
        attention = plain.GridAttention(
            CHANNELS,
            place.heads,
            size,
            found["window"],
            found.get("patch") or (found["window"] if place.code == "V2" else (1, 1, 1)),
            across=place.code in ("G1", "V2"),
            bias=bias,
            volumetric=place.code == "S3",
        )
    theirs = plain.Cell(CHANNELS, attention)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ours = cell.build(x, CHANNELS)
    theirs.load_state_dict(ours.state_dict())
    return ours.to(device), theirs.to(device)


def operators(ours: nn.Module, theirs: nn.Module, x: Tensor) -> tuple[Side, Side]:
    """The attention of both, on tokens as the projections make them."""
    heads = theirs.attn.heads
    tokens = [torch.randn_like(theirs.attn.to_tokens(x)).requires_grad_() for _ in range(3)]

    def attend_ours(*tokens: Tensor) -> Tensor:
        position = getattr(ours.attn, "relative_position", None)
        q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in tokens)
        return attend(q, k, v, bias=None if position is None else position()).transpose(1, 2).flatten(2)

    def attend_plainly(*tokens: Tensor) -> Tensor:
        position = theirs.attn.relative_position
        return plain.attend(*tokens, heads, None if position is None else position())

    def weights(cell: nn.Module) -> list[Tensor]:
        position = getattr(cell.attn, "relative_position", None)
        return [] if position is None else list(position.parameters())

    return Side(attend_ours, tokens, weights(ours)), Side(attend_plainly, tokens, weights(theirs))


def whole(ours: nn.Module, theirs: nn.Module, x: Tensor) -> tuple[Side, Side]:
    """Both cells on the same map."""
    x = x.clone().requires_grad_()
    return Side(ours, [x], list(ours.parameters())), Side(theirs, [x], list(theirs.parameters()))


def clock(work: Callable[[], object], device: str) -> float:
    """Seconds; on a CPU those of this process, so that others on the machine disturb little."""
    if device == "cpu":
        start = time.process_time()
        work()
        return time.process_time() - start
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def peak(work: Callable[[], object], device: str) -> int:
    """Most bytes alive at once beyond those that were there before, scratch space of torch's kernels among them."""
    gc.collect()
    if device == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        work()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        work()
    events = watched.profiler.kineto_results.events()
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    alive = most = 0
    for _, change in changes:
        alive += change
        most = max(most, alive)
    return most


def check_meter(device: str) -> None:
    """What `peak` says of three blocks of 4 MiB, of which two are ever alive together.

    Raises:
        RuntimeError: it is not 8 MiB.
    """

    def known() -> Tensor:
        first = torch.zeros(1 << 20, device=device)
        second = first.exp()
        del first
        return second.sin()

    found = peak(known, device)
    if abs(found - (8 << 20)) > 4096:
        raise RuntimeError(f"the memory meter says {found} bytes where {8 << 20} are right.")


def measure(sides: tuple[Side, Side], training: bool, device: str, repeats: int) -> Measured:
    """Both sides in turns, each first as often as the other; then their memory."""
    works = [side.train if training else side.infer for side in sides]
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(repeats + 1):
        for side in (0, 1) if turn % 2 else (1, 0):
            took = clock(works[side], device)
            if turn:  # the first turn warms up
                seconds[side].append(took)
    held = [sum(t.nbytes for t in (*side.inputs, *side.weights)) for side in sides]
    ours, theirs = (peak(work, device) + own for work, own in zip(works, held, strict=True))
    return Measured(seconds, (ours, theirs))


def products(tokens: Tensor, heads: int, device: str) -> float:
    """Seconds of nothing but the two matrix products of an attention, laid out well and in the cache."""
    groups, count, features = tokens.shape
    matrices = groups * heads
    at_once = max(min((1 << 18) // (count * max(count, features // heads)), matrices), 1)
    q, v = (torch.randn(at_once, count, features // heads, device=device) for _ in range(2))
    scores = torch.empty(at_once, count, count, device=device)

    def work() -> None:
        for _ in range(-(-matrices // at_once)):
            torch.bmm(q, v.transpose(1, 2), out=scores)
            torch.bmm(v.transpose(1, 2), scores.transpose(1, 2))

    work()
    return min(clock(work, device) for _ in range(3))


def chosen_by_torch(tokens: Tensor, heads: int, bias: Tensor | None, training: bool) -> str:
    """Which way torch's own attention would go here; its math path keeps the attention matrix."""
    q = tokens.unflatten(-1, (heads, -1)).transpose(1, 2).requires_grad_(training)
    mask = None if bias is None else bias.unsqueeze(0) if training else bias.detach().unsqueeze(0)
    return SDPBackend(torch._fused_sdp_choice(q, q, q, attn_mask=mask)).name.partition("_")[0].lower()


def verdict(what: str, training: bool, found: Measured, largest: bool, share: float) -> str:
    """The targets that hold for this row, and whether they are met."""
    if what == "operator" and training:
        return "no target"
    bounds = [("time", found.time, WHOLE_CELL), ("memory", found.memory, WHOLE_CELL)]
    if what == "operator":
        bounds = [("time", found.time, TIME_OF_OPERATOR), *([("memory", found.memory, MEMORY_OF_OPERATOR)] * largest)]
    missed = [f"{name} > {bound}" for name, ratio, bound in bounds if round(ratio, 2) > bound]
    if not missed:
        return "pass"
    why = f"; the two matrix products alone take {share:.2f} of the plain time" if what == "operator" else ""
    return f"MISS: {', '.join(missed)}{why}"


def rows(place: Place, bias: bool, size: Triple, device: str, repeats: int) -> Iterator[tuple[str, str, float]]:
    """The lines of one place: operator and cell, inference and training; of each its case and the ratio of times."""
    ours, theirs = cells(place, bias, size, device)
    x = torch.randn(1, CHANNELS, *size, device=device)
    tokens = theirs.attn.to_tokens(x)
    groups, count, features = tokens.shape
    largest = groups * theirs.attn.heads * count * count > tokens.numel()
    added = theirs.attn.relative_position() if bias else None
    for what, sides in (("operator", operators(ours, theirs, x)), ("cell", whole(ours, theirs, x))):
        torch.testing.assert_close(sides[0].infer(), sides[1].infer(), rtol=1e-3, atol=1e-4)
        for training in (False, True):
            found = measure(sides, training, device, repeats)
            share = products(tokens, theirs.attn.heads, device) / min(found.seconds[1])
            path = chosen_by_torch(tokens, theirs.attn.heads, added, training)
            cut = f"{place.code:<3}{cut_of(place):<12}{count:>5}x{features // theirs.attn.heads:<6}"
            case = f"{'bias' if bias else '':<5}{what:<9}{'train' if training else 'infer':<6}"
            ms = [1e3 * min(seconds) for seconds in found.seconds]
            mib = [bytes / 2**20 for bytes in found.bytes]
            times = f"{ms[0]:>8.1f}{ms[1]:>8.1f}{found.time:>6.2f}  {found.spread:<10}"
            memory = f"{mib[0]:>6.0f}{mib[1]:>6.0f}{found.memory:>6.2f}{'*' if largest else ' '}"
            line = f"{cut}{case}{times}{memory} {path:<6}{verdict(what, training, found, largest, share)}"
            yield line, " ".join((place.code, cut_of(place), *case.split())), found.time


def cut_of(place: Place) -> str:
    """Window and patch in words."""
    return " ".join("x".join(map(str, t if t[0] > 1 else t[1:])) for t in (place.window, place.patch) if t)


def main() -> None:
    """Print the table, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small map, once: does it run?")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--codes", nargs="+", default=[place.code for place in PLACES])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add_update(parser)
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler writes a line whenever it starts and stops
    size, repeats = ((4, 32, 32), 1) if options.quick else (SIZE, options.repeats)
    name = torch.cuda.get_device_name() if options.device == "cuda" else f"{platform.machine()} CPU, 1 thread"
    check_meter(options.device)
    print(f"{name}, torch {torch.__version__}; {CHANNELS} channels, D x H x W = {'x'.join(map(str, size))}, float32")
    print(f"Targets: whole cell <= {WHOLE_CELL} of the plain form; operator in inference <= {TIME_OF_OPERATOR} of its")
    print(f"time, and <= {MEMORY_OF_OPERATOR} of its memory where the attention matrix is the largest tensor (*).")
    for place in PLACES:
        print(f"  {place.code} {cut_of(place)}, {place.heads} heads: {place.why}")
    print("sdpa: what torch's own attention would choose here; its math path keeps the attention matrix.")
    head = f"{'':<3}{'window patch':<12} tokens x F  {'':<5}{'what':<9}{'':<6}"
    print(f"{head}{'ms':>8}{'plain':>8}{'ratio':>6}  {'turns':<10}{'MiB':>6}{'plain':>6}{'ratio':>6}  {'sdpa':<6}")
    ratios = {}
    for place in PLACES:
        if place.code in options.codes:
            for bias in (False, True) if place.window else (False,):
                for row, case, ratio in rows(place, bias, size, options.device, repeats):
                    print(row, flush=True)
                    ratios[f"ours / plain, {case}"] = ratio
    if not options.quick:  # a small map, measured once, says nothing about time
        print()
        beside_kept("attention", ratios, "lower", name, update=options.update)


if __name__ == "__main__":
    main()
