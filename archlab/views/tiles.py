"""Feature maps as pictures: channels side by side in one indexed PNG, made with nothing but zlib."""

from __future__ import annotations

import base64
import functools
import struct
import zlib

GAP = 1  # px between two maps
SIDE = 32  # px; smaller maps are enlarged by whole numbers, so that the gap stays thin beside their pixels


def tiles_png(data: bytes, shape: tuple[int, int, int], colormap: str = "viridis") -> bytes:
    """PNG of `(count, height, width)` bytes, maps in a row from left to right; 0 to 255 run through the colour map."""
    count, height, width = shape
    if len(data) != count * height * width:
        raise ValueError(f"{len(data)} bytes do not fill {count} maps of {height} x {width}.")
    zoom = max(1, SIDE // max(height, width, 1))
    gap = bytes(GAP)
    rows = []
    for y in range(height):
        starts = (k * height * width + y * width for k in range(count))
        row = gap.join(bytes(b for b in data[s : s + width] for _ in range(zoom)) for s in starts)
        rows += [row] * zoom
    return _indexed_png(rows, _palette(colormap))


def data_url(content: bytes, mime: str = "image/png") -> str:
    """A file as a URL that carries it."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _indexed_png(rows: list[bytes], palette: bytes) -> bytes:
    """PNG of colour type 3; a zero stands before each row: no filter (PNG specification, section 9.2)."""
    width, height = (len(rows[0]) if rows else 0), len(rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@functools.cache
def _palette(colormap: str) -> bytes:
    import matplotlib

    return bytes(channel for colour in matplotlib.colormaps[colormap](range(256), bytes=True) for channel in colour[:3])
