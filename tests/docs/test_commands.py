"""The commands on a page run, and say what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from archlab.cli import main
from tests.docs.files import prepare

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "snraware.md"


class Command(NamedTuple):
    """A command line and the lines that the page shows of its output."""

    words: list[str]
    shown: list[str]


def commands(text: str) -> Iterator[Command]:
    for block in re.finditer(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ archlab ", block[1], flags=re.MULTILINE)[1:]:
            first, *shown = part.strip().split("\n")
            yield Command(shlex.split(first), shown)


def test_commands_run_and_say_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    prepare(PAGE, tmp_path)
    found = list(commands(PAGE.read_text()))
    assert len(found) == 5
    for command in found:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main(command.words)
        out, err = capfd.readouterr()
        assert not end.value.code, err
        for line in command.shown:
            assert line in (out + err).splitlines(), (command.words, line)
