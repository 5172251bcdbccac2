"""Text inside HTML and SVG: whatever a document is called, it stays text."""

from __future__ import annotations

import re
from html import escape

# XML 1.0 forbids these even as character references; fonts and files cannot hold them either.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text with a replacement character for every control character and half character."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped(value: object) -> str:
    """The value as text for an element or an attribute of HTML or SVG."""
    return escape(printable(str(value)), quote=True)
