"""A package in a folder as if pip had put it there, with its entry points; nothing is downloaded or built."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def install(package: Path, site: Path) -> None:
    """Copy the modules of a package and write its metadata as its `pyproject.toml` says."""
    shutil.copytree(package, site, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.toml"))
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in given.items())
        for group, given in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(points)


def said(script: str, site: Path) -> Any:
    """What a script prints as JSON in a process that has the packages of `site`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
