"""Runs the command line in this process."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from archlab.cli import main


class Outcome(NamedTuple):
    """What a command left: its status, and what it said where."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON value."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`run("check", "-", stdin=b"...")` in an empty folder, without colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: object, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        sys.stdout.flush()
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Outcome(int(end.value.code or 0), out, err)

    return call


SMALL = {
    "format": "archlab/1",
    "name": "small",
    "input": {"channels": 1, "size": [16, 16]},
    "layout": {"type": "hrnet", "levels": 2, "channels": 4},
    "cells": "C2",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A sound document that trains in no time."""
    path = tmp_path / "small.arch.json"
    path.write_text(json.dumps(SMALL))
    return path


@pytest.fixture
def unsound(tmp_path: Path) -> Path:
    """A document with an unknown code in one block."""
    path = tmp_path / "unsound.arch.json"
    path.write_text(json.dumps(SMALL | {"blocks": {"B11": "C2Q9"}}))
    return path
