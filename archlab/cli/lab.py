"""`archlab lab`: starts JupyterLab."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from archlab.cli.output import fail, tell


def lab(
    folder: Annotated[Path, typer.Argument(help="The folder that JupyterLab opens on.")] = Path(),
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="Port; the first free one without it.")] = None,
) -> None:
    """Start JupyterLab, with the archlab card in its launcher."""
    if not folder.is_dir():
        fail(f"{folder} is no folder. Give an existing one, or none for this one.", status=2)
    if importlib.util.find_spec("jupyterlab") is None:
        fail("JupyterLab is not installed in this environment: pip install jupyterlab")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command += [] if browser else ["--no-browser"]
    command += [] if port is None else [f"--port={port}"]
    tell(f"JupyterLab on {folder.resolve()}; Ctrl-C ends it.")
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], command)
