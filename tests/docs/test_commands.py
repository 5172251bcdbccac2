"""The commands on pages run, and say what the pages say."""

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
PAGES = {"snraware": 5, "timm": 2}  # with how many commands there are


class Command(NamedTuple):
    """A command line and the lines that the page shows of its output."""

    words: list[str]
    shown: list[str]


def commands(text: str) -> Iterator[Command]:
    for block in re.finditer(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ archlab ", block[1], flags=re.MULTILINE)[1:]:
            first, *shown = part.strip().split("\n")
            yield Command(shlex.split(first), shown)


@pytest.mark.parametrize("name", PAGES)
def test_commands_run_and_say_what_is_shown(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    page = ROOT / "docs" / "how-to" / f"{name}.md"
    prepare(page, tmp_path)
    found = list(commands(page.read_text()))
    assert len(found) == PAGES[name]
    for command in found:
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main(command.words)
        out, err = capfd.readouterr()
        assert not end.value.code, err
        for line in command.shown:
            assert line in (out + err).splitlines(), (command.words, line)
