"""The tensors of a file of weights, of any origin, read without executing anything that it holds."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.text.numbers import exact

DEEPEST = 6  # mappings inside mappings that are looked through for tensors
HEADER = 8  # bytes of a safetensors file before its header, which is JSON


def read_state(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of one by `torch.save`, by name.

    Nothing in the file is executed: pickles are read by torch's restricted reader, and what they are packed in may
    not unpack to more than lies on the disk. Of mappings inside mappings (`{"state_dict": ...}`) the one with the
    most tensors is taken.

    Raises ArchlabError for a file that is neither, that holds no tensors, or tensors without plain numbers (quantised,
    sparse, nested, or never written).
    """
    name = os.fspath(path)
    try:
        found = load_file(name) if _is_safetensors(name) else _unpickled(name)
    except OSError as error:
        raise _refusal(f"{name}: {error.strerror or error}.", "Give the path of a file of weights.") from None
    except (SafetensorError, ValueError) as error:
        raise _refusal(f"{name} is not a safetensors file: {error}.", "Save it anew with safetensors.") from None
    except ArchlabError:
        raise
    except Exception as error:  # whatever a damaged or hostile pickle makes the restricted reader raise
        hint = "Save the state_dict alone: torch.save(model.state_dict(), FILE), or safetensors."
        raise _refusal(f"{name} {_unsafe(error)}", hint) from None
    best = max(_mappings(found), key=_tensors, default={})
    state = {str(key): value for key, value in best.items() if isinstance(value, Tensor)}
    if not state:
        hint = "It should hold a state_dict: a mapping from names to tensors."
        raise _refusal(f"{name} holds no tensors.", hint)
    odd = [key for key, tensor in state.items() if not _plain(tensor)]
    if odd:
        hint = "Save the dense weights: no quantised, sparse or nested tensors, and none on the device `meta`."
        raise _refusal(f"{name}: {odd[0]} holds no plain numbers ({len(odd)} of {len(state)} tensors).", hint)
    return state


def _is_safetensors(name: str) -> bool:
    """By its name, or by the JSON that follows the length of its header."""
    if name.endswith(".safetensors"):
        return True
    with open(name, "rb") as file:
        return file.read(HEADER + 1)[HEADER:] == b"{"


def _unsafe(error: Exception) -> str:
    """Why the restricted reader refused a file; its own words advise to switch the restriction off."""
    needed = re.search(r"GLOBAL ([\w.]+)", str(error))
    if needed:
        return f"holds objects beside tensors, such as {needed[1]}, and only tensors are read."
    return "is no file of tensors that can be read safely."


def _unpickled(name: str) -> Any:
    """What torch's restricted reader makes of the file."""
    _refuse_packed(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old formats, which are read all the same
        return torch.load(name, map_location="cpu", weights_only=True)


def _refuse_packed(name: str) -> None:
    """torch.save packs without compression: a file that unpacks to more than it is was made to fill the memory."""
    if not zipfile.is_zipfile(name):
        return
    with zipfile.ZipFile(name) as packed:
        whole = sum(member.file_size for member in packed.infolist())
    if whole > Path(name).stat().st_size:
        hint = "Save it anew with torch.save, which does not compress, or with safetensors."
        raise _refusal(f"{name} unpacks to {exact(whole)} bytes, more than the file has.", hint)


def _plain(tensor: Tensor) -> bool:
    """Dense numbers in memory, which can be copied."""
    dense = tensor.layout == torch.strided and not tensor.is_nested
    return dense and not tensor.is_quantized and tensor.device.type != "meta"


def _mappings(found: Any) -> Iterator[Mapping[Any, Any]]:
    """The mapping and those inside of it, each once however often it is referred to, the outer ones first."""
    seen: set[int] = set()
    layer = [found]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for mapping in layer:
            if isinstance(mapping, Mapping) and id(mapping) not in seen:
                seen.add(id(mapping))
                yield mapping
                inner += mapping.values()
        layer = inner


def _tensors(found: Mapping[Any, Any]) -> int:
    return sum(isinstance(value, Tensor) for value in found.values())


def _refusal(message: str, hint: str) -> ArchlabError:
    return ArchlabError("The weights cannot be read.", [Diagnostic(code="AL606", message=message, hint=hint)])
