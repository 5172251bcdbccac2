"""Writes anew what both languages are held to: `python -m tests.recorded`, which `make fix` calls."""

from __future__ import annotations

from tests.bridge import test_answers_fixture, test_writing_fixture
from tests.text import test_numbers_fixture

if __name__ == "__main__":
    for recorded in (test_answers_fixture, test_writing_fixture, test_numbers_fixture):
        recorded.write()
