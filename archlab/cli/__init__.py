"""The command line: `archlab --help`. Every command has `--json` for machines and a readable form for people.

Exit status: 0 sound or done, 1 unsound or failed, 2 wrong usage.
"""

from __future__ import annotations

from archlab.cli.app import main

__all__ = ["main"]
