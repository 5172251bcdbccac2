"""How large a document may be; tested before anything is expanded."""

from __future__ import annotations

MAX_BYTES = 1 << 20
MAX_NESTING = 64
MAX_NAME = 200
MAX_LEVELS = 12
MAX_STAGES = 64
MAX_CELLS = 256  # per block
MAX_NODES = 4096
MAX_DIAGNOSTICS = 500
MAX_AXIS = 65_536  # channels, or pixels along one axis
