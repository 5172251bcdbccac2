"""From an edit to all numbers: an HRNet of 300 cells, against building it on meta under FlopCounterMode.

Each edit gives one block another cell string and asks for shapes, diagnostics, parameters, MACs and saved bytes of the
whole document. Both ways run in turns in one process; times are wall and CPU. The last line sums up.

    python benchmarks/edit_to_numbers.py [--edits 400] [--builds 3] [--update]
"""

from __future__ import annotations

import argparse
import gc
import platform
import random
import time
from collections.abc import Callable, Iterator

import torch
from compare import add_update, beside_kept
from torch.utils.flop_counter import FlopCounterMode

import archlab as al
from archlab.document.spec import Spec

CODES = ("C2", "T1", "T0", "L1", "L0", "G1", "G0")
CELLS = 12
TARGET_MS, TARGET_RATIO, TARGET_NEW_MS = 1.2, 4000, 6.0


def document(channels: int = 16) -> Spec:
    """5 levels, 6 stages: 25 blocks of 12 cells."""
    return al.hrnet(
        levels=5, stages=6, channels=channels, cells="T1L1G1C2" * 3, input="3x4x128x128", heads=8, window=(1, 16, 16)
    )


def edits(spec: Spec, seed: int) -> Iterator[Spec]:
    """The document with one block changed, again and again."""
    choose = random.Random(seed)
    blocks = [row.id for row in al.estimate(spec).nodes if row.kind == "block"]
    while True:
        yield spec.with_block(choose.choice(blocks), "".join(choose.choices(CODES, k=CELLS)))


def clock(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of wall and of CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.process_time() - cpu)


def whole(spec: Spec) -> int:
    """MACs by building the network on the meta device and running it under FlopCounterMode."""
    with torch.device("meta"):
        net = al.build(spec)
        image = torch.empty(spec.input.feature_map().shape(1))
        with FlopCounterMode(display=False) as counter:
            net(image)
    return counter.get_total_flops() // 2


def main() -> None:
    """Print one line per kind of edit, then the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--edits", type=int, default=400)
    parser.add_argument("--builds", type=int, default=3)
    add_update(parser)
    options = parser.parse_args()
    torch.set_num_threads(1)
    spec = document()
    estimate = al.estimate(spec)
    cells = sum(len(block) // 2 for block in ["T1L1G1C2" * 3] * sum(r.kind == "block" for r in estimate.nodes))
    device = f"{platform.machine()} CPU, 1 thread"
    print(f"{device}, Python {platform.python_version()}, torch {torch.__version__}")
    print(f"{cells} cells, {len(estimate.nodes)} nodes, {len(estimate.links)} links, {estimate.macs:,} MACs")
    print(f"{'':<30} {'p50 ms':>9} {'p95 ms':>9} {'p50 CPU':>9} {'p95 CPU':>9}")
    assert whole(spec) == estimate.macs  # also warms torch up

    known, built = edits(spec, 1), []
    for _ in range(200):  # every cell has been seen at every level
        al.estimate(next(known))
    times = []
    for i in range(options.edits):
        changed = next(known)
        times.append(clock(lambda changed=changed: al.estimate(changed)))
        if i % max(options.edits // options.builds, 1) == 0:
            built.append(clock(lambda changed=changed: whole(changed)))
            gc.collect()  # the modules of the build are no part of the next edit
    new = [clock(lambda c=c: al.estimate(document(c))) for c in range(24, 264, 8)]
    p50, p95, edit = line("edit, cells seen before", times)
    line("same document again", [clock(lambda: al.estimate(spec)) for _ in range(100)])
    width, _, fresh = line("new base width, all cells new", new)
    _, _, build = line("build on meta + counter", built)
    print()
    # Of CPU times: on a machine with other work, the wall times of what takes long are mostly waiting.
    ratios = {"build / edit, cells seen before": build / edit, "build / new base width": build / fresh}
    beside_kept("edit_to_numbers", ratios, "higher", device, update=options.update)
    print(
        f"{device}: p50 {p50:.2f} ms, p95 {p95:.2f} ms (target {TARGET_MS:g}), "
        f"{build / edit:,.0f} times faster than the build (target {TARGET_RATIO:,}); "
        f"new base width {width:.1f} ms (target {TARGET_NEW_MS:g})"
    )


def line(name: str, times: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Print percentiles; returns the 50th and the 95th of the wall times, and the 50th of the CPU times."""
    wall, cpu = (sorted(column) for column in zip(*times, strict=True))
    middle, last = len(wall) // 2, min(len(wall) - 1, int(0.95 * len(wall)))
    print(f"{name:<30} {wall[middle]:>9.3f} {wall[last]:>9.3f} {cpu[middle]:>9.3f} {cpu[last]:>9.3f}")
    return wall[middle], wall[last], cpu[middle]


if __name__ == "__main__":
    main()
