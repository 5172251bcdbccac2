"""A resolved configuration of SNRAware to change."""

from __future__ import annotations

from typing import Any


def config(cell: dict[str, Any] | None = None, block: dict[str, Any] | None = None, **backbone: Any) -> dict[str, Any]:
    """A U-Net's, with some keys changed."""
    return {
        "name": "Unet",
        "num_of_channels": 16,
        "num_resolution_levels": 2,
        "block_str": ["T1L1G1"],
        "use_unet_attention": True,
        "block": {"cell_type": "sequential", "cell": {"window_size": [8, 4, 2], "n_head": 8, **(cell or {})}}
        | (block or {}),
        **backbone,
    }
