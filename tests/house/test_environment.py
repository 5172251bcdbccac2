"""pyproject.toml, environment.yml and constraints.txt say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
# The same package under the name that conda-forge gives it.
CONDA_NAMES = {
    "graphviz": "python-graphviz",
    "jupyter-server": "jupyter_server",
    "matplotlib": "matplotlib-base",
    "torch": "pytorch",
}


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def split(requirement: str) -> tuple[str, str]:
    """Name in lower case and the bounds of one requirement line."""
    match = re.fullmatch(r"\s*([A-Za-z0-9._-]+)\s*(.*?)\s*", requirement)
    assert match, requirement
    return match[1].lower(), match[2].replace(" ", "")


def requirements(*extras: str) -> dict[str, str]:
    table = project()
    optional = table["optional-dependencies"]
    lines = [*table["dependencies"], *(line for extra in extras for line in optional[extra])]
    return dict(split(line) for line in lines)


def test_conda_environment_is_the_twin_of_the_project() -> None:
    document = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = dict(split(line) for line in document["dependencies"] if isinstance(line, str))
    pip = dict(split(line) for entry in document["dependencies"] if isinstance(entry, dict) for line in entry["pip"])
    there = {**conda, **pip}
    expected = {CONDA_NAMES.get(name, name): bounds for name, bounds in requirements("dev").items()}
    wrong = {name: (there.get(name), bounds) for name, bounds in expected.items() if there.get(name) != bounds}
    assert not wrong, f"environment.yml differs (there, pyproject): {wrong}"
    assert there["python"] == project()["requires-python"]


def test_every_requirement_has_a_tested_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {split(line)[0].replace("_", "-"): split(line)[1] for line in lines if line and not line.startswith("#")}
    assert all(pin.startswith("==") for pin in pins.values())
    missing = [name for name in requirements("dev") if name.replace("_", "-") not in pins]
    assert not missing
    assert pins["torch"] == "==2.13.0"
