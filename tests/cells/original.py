"""Single cells of the original: weights under our names, an input and the output that it gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from archlab.importers.snraware.names import renamed

ARRAYS = Path(__file__).parents[1] / "golden" / "numerics"
FILES = sorted(path.stem for path in ARRAYS.glob("*.npz") if path.stem.startswith(("cell-", "compat-")))
CELLS = [name for name in FILES if "hrnet" not in name]


class Original(NamedTuple):
    """One cell of the original, on maps of `size` (D, H, W)."""

    code: str
    fields: dict[str, Any]
    channels: int
    size: tuple[int, ...]
    weights: dict[str, Tensor]
    x: Tensor
    y: Tensor


def original(name: str) -> Original:
    """The cell of that file, with the fields that its configuration means here."""
    arrays = np.load(ARRAYS / f"{name}.npz")
    config = json.loads(str(arrays["config"]))
    cell = config["cell"]
    height, width, depth = cell["window_size"]
    rows, columns, frames = cell["patch_size"]
    fields: dict[str, Any] = {"norm": cell["norm_mode"], "activation": cell["activation_func"]}
    code = config["block"]
    if code[0] != "C":
        heads = 8 if code[0] in "VS" else cell["n_head"]  # those codes do not listen to the configuration
        fields |= {"heads": heads, "score": "cosine" if cell["cosine_att"] else "dot"}
    if code[0] not in "CT":
        fields |= {"window": (depth, height, width), "relative_position": cell["att_with_relative_position_bias"]}
    if code[0] in "LG":
        fields["patch"] = (frames, rows, columns)
    if name.startswith("compat-"):
        fields["compat"] = "snraware"
    prefix = "w/block.cell_0."
    weights = {renamed(k.removeprefix(prefix)): torch.from_numpy(arrays[k]) for k in arrays if k.startswith(prefix)}
    x, y = (torch.from_numpy(arrays[k]) for k in ("x", "y0"))
    return Original(code, fields, config["c_in"], tuple(config["size_dhw"]), weights, x, y)
