"""A net against its optimised copy, which has its batch norms folded and its channels last in memory.

HRNet as published, which has a batch norm behind every convolution, and a small one, in inference on one image of the
size that they are made for; both in turns, in one process, on one thread of a CPU. The ratio is that of the least
times, copy / net.

    python benchmarks/optimized.py [--repeats 9] [--device cpu] [--update]
"""

from __future__ import annotations

import argparse
import platform
import time

import torch
from compare import add_update, beside_kept

import archlab as al

NETS = ("hrnet-w18", "hrnetv2-mini")


def seconds(net: al.Backbone, x: torch.Tensor) -> float:
    """One run; on a CPU the time of this process, so that others on the machine disturb little."""
    if x.device.type == "cpu":
        start = time.process_time()
        net(x)
        return time.process_time() - start
    torch.cuda.synchronize()
    start = time.perf_counter()
    net(x)
    torch.cuda.synchronize()
    return time.perf_counter() - start


def main() -> None:
    """Print one line per document."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--device", default="cpu")
    add_update(parser)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cpu = options.device == "cpu"
    device = f"CPU {platform.machine()}, 1 thread" if cpu else torch.cuda.get_device_name()
    print(f"torch {torch.__version__}, {device}; 1 image")
    ratios = {}
    for name in NETS:
        spec = al.template(name)
        net = al.build(spec).eval().to(options.device)
        fast = al.optimize(net)
        x = torch.randn(spec.input.feature_map().shape(1), device=options.device)
        times: tuple[list[float], list[float]] = ([], [])
        with torch.inference_mode():
            for _ in range(options.repeats + 1):
                for row, model in zip(times, (fast, net), strict=True):
                    row.append(seconds(model, x))
        copy, plain = (min(row[1:]) for row in times)  # the first run of each prepares its kernels
        ratios[f"copy / net, {name}"] = copy / plain
        print(f"{name}: {copy * 1e3:.1f} ms, net {plain * 1e3:.1f} ms; {fast.optimize_report}")
    print()
    beside_kept("optimized", ratios, "lower", device, update=options.update)


if __name__ == "__main__":
    main()
