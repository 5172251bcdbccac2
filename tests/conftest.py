"""What holds for every test: where it runs, what it needs of the machine, how many examples it tries.

Tests that need a device, a browser or much time are skipped where that is missing, and counted as skipped.
Property tests try the same examples on every machine; `--hypothesis-profile=search` looks for new ones, and
`$ARCHLAB_EXAMPLES` says how many.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.figures import Figures

ROOT = Path(__file__).parents[1]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What takes longest comes first, so that no worker is left with it at the end. The wheel and the browser's tests wait
# for other processes most of the time: the unit tests run beside them.
FIRST = ("tests/house/test_wheel.py", "tests/e2e", "notebooks", "tests/contracts", "tests/nn", "tests/cells")

EXAMPLES = os.environ.get("ARCHLAB_EXAMPLES")
# No deadline: on a shared machine the time of one example says nothing.
settings.register_profile("same", derandomize=True, deadline=None, max_examples=int(EXAMPLES or 40))
settings.register_profile("search", derandomize=False, deadline=None, max_examples=int(EXAMPLES or 1000))
settings.load_profile("same")


def chromium() -> str | None:
    """The browser for end-to-end tests: $ARCHLAB_CHROMIUM, else the first one on PATH, else None."""
    named = os.environ.get("ARCHLAB_CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUMS)), None)


def has_accelerator() -> bool:
    import torch

    return torch.accelerator.is_available()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figures", action="store_true", help="run the trainings marked `long` and keep what they reach")


@pytest.hookimpl(optionalhook=True)  # nobody asks where pytest-xdist is absent
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from tests.workers import ByFile

    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(item.path))
    for marker in ("gpu", "e2e", "dot", "long"):
        marked = [item for item in items if item.get_closest_marker(marker)]
        if marked and (reason := missing(marker, config)):
            for item in marked:
                item.add_marker(pytest.mark.skip(reason=reason))


def place(path: Path) -> int:
    """Where a file stands in the order of FIRST; behind it if it is not named there."""
    name = path.relative_to(ROOT).as_posix()
    return next((index for index, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))


def missing(marker: str, config: pytest.Config) -> str:
    """Why tests with a mark cannot run here; empty where they can."""
    if marker == "gpu" and not has_accelerator():
        return "no accelerator on this machine"
    if marker == "e2e" and chromium() is None:
        return "no Chromium on this machine: apt install chromium"
    if marker == "dot" and shutil.which("dot") is None:
        return "no program dot on this machine: apt install graphviz"
    if marker == "long" and not config.getoption("figures"):
        return "a training of more than 10 s: make figures"
    return ""


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Keeps what a training reached; in `benchmarks/figures.json` with `--figures`, else nowhere."""
    return Figures(ROOT / "benchmarks" / "figures.json" if request.config.getoption("figures") else None)
