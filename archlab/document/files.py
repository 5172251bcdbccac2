"""Writing files so that a crash leaves the old one whole."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(content: bytes, path: str | os.PathLike[str]) -> None:
    """Replace a file in one step; its permissions are kept, a link stays a link.

    Raises OSError with `path` as its file name when it cannot be written.
    """
    target = Path(path).resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:  # as the umask says, unlike what `tempfile` makes
            file.write(content)
        if target.exists():
            temporary.chmod(target.stat().st_mode)
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    finally:
        temporary.unlink(missing_ok=True)
