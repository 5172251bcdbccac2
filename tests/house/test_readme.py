"""The commands and the Python of README.md work as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Every fenced block of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every command line of the shell blocks, without comments."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [command for line in lines if (command := line.split("  #")[0].strip()) and not command.startswith("#")]


def test_readme_names_the_two_commands_and_the_demo() -> None:
    assert {"make lab", "make test", "make demo"} <= set(commands())


def test_every_make_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {command.split()[1] for command in commands() if command.startswith("make ")}
    assert named <= targets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all commands, so that a later one finds the files of an earlier one."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("archlab ")])
def test_command_line_examples(command: str, folder: Path) -> None:
    words = shlex.split(command)
    assert not set(words) & {"|", ">", "&&"}, "one plain command a line, so that it can be run here"
    if words[1] == "lab":
        words.append("--help")  # would serve until stopped
    script = shutil.which("archlab", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert script, "the console script archlab is not installed"
    done = subprocess.run([script, *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_examples(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    names: dict[str, object] = {"__name__": "readme"}
    for number, block in enumerate(blocks("python")):
        exec(compile(block, f"README.md, Python block {number}", "exec"), names)
    assert "net" in names


def test_links_to_files_hold() -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert targets
    missing = [target for target in targets if not (ROOT / target).exists()]
    assert not missing


def test_readme_is_the_description_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["readme"] == "README.md"
    assert project["description"].rstrip(".") in README
