"""Rules on the files of the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HARD_LIMIT = 400
SOURCES = {".py", ".ts", ".tsx", ".mjs", ".css"}
GENERATED = "widgets/src/generated/"


def tracked() -> list[Path]:
    """Every file that git tracks and that lies in the working tree."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if names.returncode:
        pytest.skip("not a git checkout")
    return [path for name in names.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> list[tuple[str, str]]:
    """Name and content of every tracked text file."""
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((relative(path), data.decode("utf-8")))
    return found


def test_no_source_file_is_longer_than_the_hard_limit() -> None:
    long = {
        name: lines
        for name, text in texts()
        if Path(name).suffix in SOURCES and not name.startswith(GENERATED) and (lines := text.count("\n")) > HARD_LIMIT
    }
    assert not long, f"more than {HARD_LIMIT} lines: split them: {long}"


# Written in pieces, so that this file does not match itself.
HOSTS = ("py" + "pi", "np" + "mjs", "yarn" + "pkg", "python" + "hosted", "deb" + "ian")
FOLDERS = ("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")
REGISTRY_HOSTS = re.compile(rf"\b(?:{'|'.join(HOSTS)})\.(?:org|com|net|io)\b")
MACHINE_PATHS = re.compile(rf"(?<![\w.~$)}}/-])/(?:{'|'.join(FOLDERS)})/\w")


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [("a package registry's host name", REGISTRY_HOSTS), ("a path of one machine", MACHINE_PATHS)],
    ids=["hosts", "paths"],
)
def test_no_tracked_file_names_a_registry_or_a_machine(rule: str, pattern: re.Pattern[str]) -> None:
    hits = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for name, text in texts()
        for match in pattern.finditer(text)
    ]
    assert not hits, f"{rule} in tracked files: {hits}"


def test_the_rules_would_find_what_they_forbid() -> None:
    assert REGISTRY_HOSTS.search("https://registry." + "np" + "mjs.org/react")
    assert MACHINE_PATHS.search('open("/ro' + 'ot/data.txt")')
    assert not MACHINE_PATHS.search("https://example.invalid/ho" + "me/page")


def test_no_tracked_file_is_large() -> None:
    large = {relative(path): path.stat().st_size for path in tracked() if path.stat().st_size > 2 * 2**20}
    assert not large, f"tracked files over 2 MiB: {large}"


def test_no_local_setting_sends_the_packages_elsewhere() -> None:
    lock = (ROOT / "widgets/yarn.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "__archiveUrl" not in lock
