"""What a measurement depends on besides the network: device, versions, switches."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from archlab.text.numbers import data_size


def device_name(device: torch.device) -> str:
    """The device as its maker calls it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return _cpu_name()
    return device.type


def environment(device: torch.device) -> dict[str, str]:
    """Versions, threads and numeric switches, as text."""
    described = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "torch": str(torch.__version__),
        "cpu": _cpu_name(),
        "threads": str(torch.get_num_threads()),
        "float32 matmul precision": torch.get_float32_matmul_precision(),
        "deterministic algorithms": str(torch.are_deterministic_algorithms_enabled()),
        "execution": "eager",
    }
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        described |= {
            "gpu": properties.name,
            "compute capability": f"{properties.major}.{properties.minor}",
            "gpu memory": data_size(properties.total_memory),
            "cuda": str(torch.version.cuda),
            "cudnn": str(torch.backends.cudnn.version()),
            "cudnn benchmark": str(torch.backends.cudnn.benchmark),
            "tf32 convolutions": str(torch.backends.cudnn.allow_tf32),
        }
    return described


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
