"""The wheel, opened in a clean environment without node: what a user gets from `pip install`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.wheel


def run(command: list[str | Path], cwd: Path, env: dict[str, str] | None = None) -> str:
    """Output of one command, both streams; its status must be 0."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; the bundles that stand in the checkout ride in it."""
    folder = tmp_path_factory.mktemp("dist")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run([*pip, "--wheel-dir", folder, ROOT], folder)
    (built,) = folder.glob("archlab-*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`bin` of a new environment that holds nothing but the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("clean")
    run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], folder)
    home = folder / "venv" / "bin"
    # Byte code is not written ahead: most of it is torch's, which these tests never load.
    pip = [sys.executable, "-m", "pip", "--python", home / "python", "install", "--quiet", "--no-compile"]
    install = [*pip, "--constraint", ROOT / "constraints.txt"]
    run([*install, "torch"], folder)
    run([*install, wheel], folder)
    return home


def without_node(home: Path) -> dict[str, str]:
    """An environment whose PATH is the new environment alone."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER"))}
    return {**settings, "PATH": str(home), "NO_COLOR": "1"}


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_the_wheel_ships_both_bundles_and_no_sources(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    data = {name.split("/data/", 1)[1] for name in names if "/data/" in name}
    assert {"archlab/static/widget.js", "archlab/static/widget.css"} <= set(names)
    assert "share/jupyter/labextensions/archlab/package.json" in data
    assert "share/jupyter/labextensions/archlab/install.json" in data
    assert "etc/jupyter/jupyter_server_config.d/archlab.json" in data
    strays = [name for name in names if name.startswith(("widgets/", "tests/", "archlab/labextension/"))]
    assert not strays


def test_no_node_is_in_reach(clean: Path) -> None:
    assert not (clean / "node").exists()


def test_the_labextension_is_enabled(clean: Path, tmp_path: Path) -> None:
    listed = plain(run([clean / "jupyter", "labextension", "list"], tmp_path, without_node(clean)))
    assert re.search(r"^\s*archlab v\S+ enabled\s+OK", listed, re.MULTILINE), listed


def test_the_server_extension_is_enabled(clean: Path, tmp_path: Path) -> None:
    listed = plain(run([clean / "jupyter", "server", "extension", "list"], tmp_path, without_node(clean)))
    assert re.search(r"archlab\.bridge\.server\s+enabled", listed), listed
    assert re.search(r"archlab\.bridge\.server \S*\s*OK", listed), listed


def test_the_command_line_checks_and_estimates_a_new_document(clean: Path, tmp_path: Path) -> None:
    env = without_node(clean)
    run([clean / "archlab", "new", "hrnet", "-o", "my.arch.json"], tmp_path, env)
    answer = json.loads(run([clean / "archlab", "check", "my.arch.json", "--json"], tmp_path, env))
    assert answer["ok"] is True
    numbers = json.loads(run([clean / "archlab", "estimate", "my.arch.json", "--json"], tmp_path, env))
    assert numbers["flops"] == 2 * numbers["macs"] > 0
