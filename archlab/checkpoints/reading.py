"""The tensors of a file of weights, of any origin, read without executing anything that it holds."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from archlab.checkpoints.pickles import Refused, look_over
from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.text.numbers import exact

DEEPEST = 6  # mappings inside mappings that are looked through for tensors
HEADER = 8  # bytes of a safetensors file before its header, which is JSON
ZIP = b"PK\x03\x04"  # by which torch tells its files from those of before 2020, which hold as many pickles:
OLD_PICKLES = 5  # a number, a version, the machine, the mapping, the keys of its storages


def read_state(path: str | bytes | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of one by `torch.save`, by name.

    Nothing in the file is executed: pickles are looked over, so that they name nothing but what state dicts need, and
    read by torch's restricted reader; what they are packed in may not unpack to more than lies on the disk. Of mappings
    inside mappings (`{"state_dict": ...}`) the one with the most tensors is taken.

    Raises ArchlabError for a file that is neither, that holds no tensors, or tensors without plain numbers (quantised,
    sparse, nested, or never written).
    """
    name = os.fsdecode(path)
    try:
        found = _safetensors(name) if _is_safetensors(name) else _unpickled(name)
    except OSError as error:
        why = error.strerror or str(error) or "it cannot be opened"
        raise _refusal(f"{name}: {why}.", "Give the path of a file of weights.") from None
    best = max(_mappings(found), key=_tensors, default={})
    state = {key: value for key, value in dict.items(best) if isinstance(value, Tensor)}
    if not state:
        hint = "It should hold a state_dict: a mapping from names to tensors."
        raise _refusal(f"{name} holds no tensors.", hint)
    nameless = next((key for key in state if not isinstance(key, str)), None)
    if nameless is not None:
        what = f"a {type(nameless).__name__}" if isinstance(nameless, Tensor) else f"{nameless!r:.80}"
        hint = "Save a state_dict, as torch.save(model.state_dict(), FILE) does."
        raise _refusal(f"{name} holds a tensor under {what}, and names of tensors are text.", hint)
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


def _safetensors(name: str) -> dict[str, Tensor]:
    try:
        return load_file(name)
    except (SafetensorError, ValueError, MemoryError) as error:
        why = str(error) or type(error).__name__
        raise _refusal(f"{name} is not a safetensors file: {why}.", "Save it anew with safetensors.") from None


def _unpickled(name: str) -> Any:
    """What torch's restricted reader makes of the file."""
    hint = "Save the state_dict alone: torch.save(model.state_dict(), FILE), or safetensors."
    try:
        _refuse_packed(name)
        _look_over(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats, which are read all the same
            return torch.load(name, map_location="cpu", weights_only=True)
    except (OSError, ArchlabError):
        raise
    except Refused as error:
        raise _refusal(f"{name} {error}", hint) from None
    except MemoryError:
        raise _refusal(f"{name} does not fit into the memory.", hint) from None
    except Exception:  # whatever a damaged or hostile pickle makes the restricted reader raise
        raise _refusal(f"{name} is no file of tensors that can be read safely.", hint) from None


def _look_over(name: str) -> None:
    """The pickles of the file that torch reads, with the same eyes."""
    with open(name, "rb") as file:
        packed = file.read(len(ZIP)) == ZIP
        file.seek(0)
        if packed:
            look_over(io.BytesIO(torch._C.PyTorchFileReader(file).get_record("data.pkl")))
        else:
            for _ in range(OLD_PICKLES):
                look_over(file)


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


def _mappings(found: Any) -> Iterator[dict[Any, Any]]:
    """The mapping and those inside of it, each once however often it is referred to, the outer ones first.

    They are read as plain dicts, by methods that no pickle can have replaced.
    """
    seen: set[int] = set()
    layer = [found]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for mapping in layer:
            if isinstance(mapping, dict) and id(mapping) not in seen:
                seen.add(id(mapping))
                yield mapping
                inner += dict.values(mapping)
        layer = inner


def _tensors(found: dict[Any, Any]) -> int:
    return sum(isinstance(value, Tensor) for value in dict.values(found))


def _refusal(message: str, hint: str) -> ArchlabError:
    return ArchlabError("The weights cannot be read.", [Diagnostic(code="AL606", message=message, hint=hint)])
