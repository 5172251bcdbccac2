"""Reduced published nets: our documents of them, and the references' arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import archlab as al
from archlab.checkpoints.names import find

FOLDER = Path(__file__).parents[1] / "golden" / "numerics"
NAMES = {"hrnet-1": "timm", "hrvit-1": "hrvit"}  # file -> whose names it has


def arrays(name: str) -> Mapping[str, Any]:
    return np.load(FOLDER / f"{name}.npz")  # type: ignore[no-any-return]


def state(name: str) -> dict[str, Tensor]:
    """The reference's weights under its own names."""
    found = arrays(name)
    return {key[2:]: torch.from_numpy(found[key]) for key in found if key.startswith("w/")}


def document(name: str, **head: Any) -> al.Spec:
    """The document of the reduced net, its head with other fields where they are given."""
    if name == "hrnet-1":
        body = al.hrnetv2(
            channels=4,
            first_channels=32,
            modules=(1, 1, 2),
            cells=["K2K2", "R2R2", "R2"],
            input="3x64x64",
        ).with_stem("conv_stride", channels=(8, 64), padding="zeros")
        return body.with_head("incremental", **{"channels": (16, 24, 32, 40), "features": 24, "classes": 7} | head)
    body = al.hrvit(
        channels=(8, 16, 32, 48),
        stripes=(1, 2, 2, 1),
        ratios=(3, 2, 2, 2),
        modules=(1, 1, 2, 1),
        cells=["H2", "H2", ["H2", "H2", "H2H2"], "H2"],
        input="3x64x96",
        dim_head=8,
    ).with_stem("conv_stride", channels=(6, 12), padding="zeros", bias=True)
    return body.with_head("incremental", **{"channels": (12, 16, 20, 24), "features": 16, "classes": 7} | head)


def under_names_of(origin: str, spec: al.Spec) -> dict[str, Tensor]:
    """Fresh weights of a net, as that origin would have saved them."""
    torch.manual_seed(0)
    tensors = al.build(spec).state_dict()
    sources = find(origin, spec.layout.type)[0].sources(tensors)
    return {sources[name].names[0]: tensor for name, tensor in tensors.items()}
