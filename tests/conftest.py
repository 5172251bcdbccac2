"""Marks that depend on the machine: without a device or a browser a test is skipped, and counted as skipped.

Property tests try the same examples on every machine; `--hypothesis-profile=search` looks for new ones.
"""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("search", derandomize=False, max_examples=1000)
settings.register_profile("same", derandomize=True, max_examples=40)
settings.load_profile("same")

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The browser for end-to-end tests: $ARCHLAB_CHROMIUM, else the first one on PATH, else None."""
    named = os.environ.get("ARCHLAB_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUMS)), None)


def has_accelerator() -> bool:
    import torch

    return torch.accelerator.is_available()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if on_gpu and not has_accelerator():
        for item in on_gpu:
            item.add_marker(pytest.mark.skip(reason="no accelerator on this machine"))
    if chromium() is None:
        for item in items:
            if item.get_closest_marker("e2e"):
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: apt install chromium"))
