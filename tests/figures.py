"""What long trainings reach, kept in the section "trainings" of `benchmarks/figures.json`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any


class Figures:
    """A file of figures; without a file nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def keep(self, name: str, device: str, **reached: float) -> None:
        """Put one training's row in place of its last one; other rows and sections stay as they are."""
        if self._file is None:
            return
        known: dict[str, Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        rounded = {word: round(value, 3) for word, value in reached.items()}
        known.setdefault("trainings", {})[name] = {"date": date.today().isoformat(), "device": device, **rounded}
        self._file.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
