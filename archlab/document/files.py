"""Files: read no further than the limit of a document, replaced so that a crash leaves the old one whole."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import BinaryIO

from archlab.document.limits import MAX_BYTES


def read_limited(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    """The bytes of a file or of an open stream, at most one more than a document may have.

    That one byte is how whoever reads the content sees that it is too large, however large the file is or if it never
    ends. Raises OSError when a file cannot be opened, ValueError for a path that no file can have (a NUL in it).
    """
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    return source.read(MAX_BYTES + 1)


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
