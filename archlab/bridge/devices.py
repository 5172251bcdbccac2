"""The devices of this kernel."""

from __future__ import annotations

import os

from archlab.bridge.messages import Device


def devices() -> list[Device]:
    """Accelerators first, then the CPU; imports torch."""
    import torch

    from archlab.profiler.environment import device_name

    found: list[Device] = []
    if torch.accelerator.is_available():
        kind = torch.accelerator.current_accelerator()
        assert kind is not None
        for index in range(torch.accelerator.device_count()):
            device = torch.device(kind.type, index)
            memory = torch.cuda.get_device_properties(device).total_memory if kind.type == "cuda" else None
            found.append(Device(id=str(device), name=device_name(device), memory=memory))
    return [*found, Device(id="cpu", name=device_name(torch.device("cpu")), memory=_host_memory())]


def _host_memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no sysconf on this system
        return None
