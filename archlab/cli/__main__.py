"""`python -m archlab.cli`."""

from __future__ import annotations

from archlab.cli.app import main

main()
