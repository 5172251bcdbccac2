"""Trained weights as safetensors files that say which document they belong to. Pickles are never read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from archlab.document import files
from archlab.document.diagnostics import ArchlabError

if TYPE_CHECKING:
    from archlab.compiler import Backbone

FORMAT = "archlab-weights/1"


class WeightsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Which tensors a file gave to a net.

    Attributes:
        loaded: names taken over.
        missing: names that the net has and the file has not.
        unexpected: names that the file has and the net has not.
        mismatched: names that both have, with the file's and the net's shape.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    mismatched: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]

    @property
    def complete(self) -> bool:
        """Whether file and net hold the same tensors."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        lines = [f"{len(self.loaded)} tensors fit"]
        lines += [f"missing in the file: {_listed(self.missing)}"] if self.missing else []
        lines += [f"not in the net: {_listed(self.unexpected)}"] if self.unexpected else []
        shapes = tuple(f"{name} {list(file)} for {list(own)}" for name, file, own in self.mismatched)
        lines += [f"other shape: {_listed(shapes)}"] if shapes else []
        return "; ".join(lines)


def save_weights(net: Backbone, path: str | os.PathLike[str]) -> None:
    """Write all parameters and buffers, with the document and archlab's version in the file's metadata.

    Written beside `path` first and moved there, so that an older file is never left half overwritten.
    """
    from importlib.metadata import version

    from archlab.document.writing import dumps

    metadata = {"format": FORMAT, "archlab": version("archlab")}
    if net.spec is not None:
        metadata["spec"] = dumps(net.spec)
    # Copies: safetensors refuses tensors that share memory (tied weights).
    tensors = {name: t.detach().cpu().clone(memory_format=torch.contiguous_format) for name, t in _state(net).items()}
    files.replace(save(tensors, metadata=metadata), path)


def load_weights(net: nn.Module, path: str | os.PathLike[str], *, strict: bool = True) -> WeightsReport:
    """Give a net the weights of a safetensors file, name by name, and report.

    With `strict`, a file that does not match the net tensor by tensor is refused and the net stays as it is;
    without it, what fits is taken over.

    Raises FileNotFoundError, or ArchlabError for a file that is not safetensors or, with `strict`, does not match.
    """
    found = _read(os.fspath(path))
    own = _state(net)
    fitting = {name: t for name, t in found.items() if name in own and t.shape == own[name].shape}
    report = WeightsReport(
        loaded=tuple(sorted(fitting)),
        missing=tuple(sorted(own.keys() - found.keys())),
        unexpected=tuple(sorted(found.keys() - own.keys())),
        mismatched=tuple(
            (name, tuple(found[name].shape), tuple(own[name].shape))
            for name in sorted(found.keys() & own.keys() - fitting.keys())
        ),
    )
    if strict and not report.complete:
        raise ArchlabError(
            f"{os.fspath(path)} does not match the net, nothing was loaded: {report}. "
            "Build the net from the document that the file belongs to, or pass strict=False to take over what fits."
        )
    with torch.no_grad():
        for name, tensor in fitting.items():
            own[name].copy_(tensor)
    return report


def _state(net: nn.Module) -> dict[str, Tensor]:
    return {name: value for name, value in net.state_dict().items() if isinstance(value, Tensor)}


def _read(path: str) -> dict[str, Tensor]:
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file {path}.")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ArchlabError(
            f"{path} is not a safetensors file ({error}). Files made by torch.save are pickles and are not read."
        ) from error


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
