"""What live features and fusion shares cost: capture time / (interval x step time), at the default rate.

Each document is trained with probes and without, in turns, in one process. Two figures per document: the ratio from
the times of captures and steps, and the throughput with probes over that without.

    python benchmarks/live_probes.py [--steps 30] [--rounds 2] [--device auto] [--update]
"""

from __future__ import annotations

import argparse
import platform
import statistics

import torch
from compare import add_update, beside_kept

from archlab.templates import template
from archlab.trainer import TrainResult, run
from archlab.trainer.engine import spared
from archlab.trainer.events import AnyEvent, Captured

DOCUMENTS = ("hrnet-3", "unet-3", "soanet-3")
LIMIT = 0.05


def main() -> None:
    """Print one line per document."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--device", default="auto")
    add_update(parser)
    options = parser.parse_args()
    cuda = torch.cuda.is_available() and options.device != "cpu"
    device = (
        torch.cuda.get_device_name() if cuda else f"CPU {platform.machine()}, {spared(torch.get_num_threads())} threads"
    )
    print(f"torch {torch.__version__}, {device}; {options.rounds} x {options.steps} steps, batch 32")
    print(f"{'document':<10} {'step':>9} {'capture':>9} {'every':>6} {'ratio':>7} {'throughput':>11}")
    ratios = {}
    for name in DOCUMENTS:
        seen, plain = [], []
        for _ in range(options.rounds):
            plain.append(_run(name, options, probes=False)[0])
            seen.append(_run(name, options, probes=True))
        step = statistics.median(_step_times(result for result, _ in seen))
        # The first capture of a run is of the untrained net, before any step; the last one is made whatever the rate.
        captures = [c for _, captured in seen for c in captured[1:-1]]
        if not captures:
            print(f"{name:<10} {step * 1e3:>6.1f} ms   no capture came due in {options.steps} steps")
            continue
        capture = statistics.median(c.seconds for c in captures)
        every = statistics.median(c.every for c in captures)
        ratio = ratios[f"captures / steps, {name}"] = capture / (every * step)
        # Throughput with probes: captures at the interval added to the steps, against the steps of the plain runs.
        slowdown = statistics.median(_step_times(plain)) / (step + capture / every)
        verdict = "" if ratio <= LIMIT else f"  above {LIMIT:.0%}"
        print(
            f"{name:<10} {step * 1e3:>6.1f} ms {capture * 1e3:>6.1f} ms {every:>6.0f} {ratio:>7.2%} {slowdown:>10.1%}"
            + verdict
        )
    print()
    beside_kept("live_probes", ratios, "lower", device, update=options.update)


def _run(name: str, options: argparse.Namespace, probes: bool) -> tuple[TrainResult, list[Captured]]:
    captured: list[Captured] = []

    def keep(event: AnyEvent) -> None:
        if isinstance(event, Captured):
            captured.append(event)

    result = run(
        template(name),
        steps=options.steps,
        device=options.device,
        probes=probes,
        evaluate_every=options.steps,
        on_event=keep,
    )
    return result, captured


def _step_times(results: object) -> list[float]:
    return [32 / e.images_per_second for r in results for e in r.steps[5:]]  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
