"""SNRAware's trained weights into a network of archlab: read without executing anything, renamed, reported."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from archlab.document.diagnostics import ArchlabError, Diagnostic
from archlab.document.spec import Spec
from archlab.importers.snraware.names import MODEL, children, rename, unprefixed
from archlab.text.numbers import exact
from archlab.trainer.weights import WeightsReport

if TYPE_CHECKING:
    from archlab.compiler import Backbone

MODEL_END = re.compile(rf"(^|\.)({'|'.join(MODEL)})\.conv\.weight$")
DEEPEST = 6  # mappings inside mappings that are looked through for tensors


class ImportReport(WeightsReport, frozen=True, kw_only=True):
    """Which tensors a file of the original gave to a net.

    Attributes:
        loaded: names in the file of the tensors taken over.
        missing: names here of what the file has not.
        unexpected: names in the file that have no place in the net.
        mismatched: names in the file, with the file's and the net's shape.
        dead: names in the file of what the original stores and does not learn: index and mask buffers, norms that a
            parallel cell does not use, the second copy of a down-sampler.
    """

    dead: tuple[str, ...] = ()

    def __str__(self) -> str:
        return super().__str__() + (f"; {len(self.dead)} dead tensors left out" if self.dead else "")


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
        found = load_file(name) if name.endswith(".safetensors") else _unpickled(name)
    except OSError as error:
        raise _refusal(f"{name}: {error.strerror or error}.", "Give the path of a file of weights.") from None
    except (SafetensorError, ValueError) as error:
        raise _refusal(f"{name} is not a safetensors file: {error}.", "Save it anew with safetensors.") from None
    except ArchlabError:
        raise
    except Exception as error:  # whatever a damaged or hostile pickle makes the restricted reader raise
        first = str(error).strip().split("\n")[0][:200]
        hint = "Save the state_dict alone: torch.save(model.state_dict(), FILE), or safetensors."
        raise _refusal(f"{name} is no file of tensors that can be read safely: {first}", hint) from None
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


def model_around(spec: Spec, state: Mapping[str, Tensor]) -> Spec:
    """The document with stem and head where the weights are those of a whole denoising model.

    A 3x3 convolution before the backbone, one behind it, and what leaves the first added onto what leaves the backbone.
    """
    shapes = {name.split(".")[-3]: tensor.shape for name, tensor in state.items() if MODEL_END.search(name)}
    if shapes.keys() != set(MODEL):
        return spec
    stem = spec.with_stem("conv", channels=shapes["pre"][0])
    return stem.with_head("dense", classes=shapes["post"][0], kernel=3).with_link("stem>head", "zero_pad")


def take_over(net: Backbone, state: Mapping[str, Tensor], *, strict: bool = True) -> ImportReport:
    """Give a net the original's tensors under their names here, and report.

    With `strict`, a state that does not match tensor by tensor is refused and the net stays as it is; without it,
    what fits is taken over. Raises ArchlabError.
    """
    known = children(net.graph)
    parallel = _parallel_cells(net)
    own = {name: value for name, value in net.state_dict().items() if isinstance(value, Tensor)}
    fitting: dict[str, Tensor] = {}
    loaded: list[str] = []
    unexpected: list[str] = []
    dead: list[str] = []
    mismatched: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []
    for theirs, bare in unprefixed(state, known).items():
        tensor, ours = state[theirs], rename(bare, known)
        if ours not in own:
            (dead if _dead(bare, ours, tensor, parallel) else unexpected).append(theirs)
            continue
        tensor = _as_here(ours, tensor)
        if ours in fitting or tensor.is_complex() or tensor.is_floating_point() != own[ours].is_floating_point():
            unexpected.append(theirs)
        elif tensor.shape != own[ours].shape:
            mismatched.append((theirs, tuple(tensor.shape), tuple(own[ours].shape)))
        else:
            fitting[ours] = tensor
            loaded.append(theirs)
    shaped = {rename(bare, known) for bare in unprefixed([name for name, _, _ in mismatched], known).values()}
    report = ImportReport(
        loaded=tuple(sorted(loaded)),
        missing=tuple(sorted(own.keys() - fitting.keys() - shaped)),
        unexpected=tuple(sorted(unexpected)),
        mismatched=tuple(sorted(mismatched)),
        dead=tuple(sorted(dead)),
    )
    if strict and not report.complete:
        hint = "Import the configuration that they were trained with; in Python, strict=False takes over what fits."
        raise _refusal(f"The weights do not match the configuration: {report}.", hint, "AL607")
    with torch.no_grad():
        for name, tensor in fitting.items():
            own[name].copy_(tensor)
    return report


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


def _parallel_cells(net: Backbone) -> set[str]:
    """Cells that have one norm where the original keeps a second without use."""
    return {
        f"{node.id}.cell_{index}"
        for node in net.graph.nodes
        for index, use in enumerate(node.cells)
        if getattr(use.cell, "arrangement", "") == "parallel"
    }


def _dead(bare: str, ours: str, tensor: Tensor, parallel: set[str]) -> bool:
    """Whether the original stores it without learning it."""
    buffer = ".attn." in bare and not (tensor.is_floating_point() or tensor.is_complex())
    unused = re.fullmatch(r"(.+)\.norm2\.\w+", ours)
    return buffer or bare.startswith("downsample.") or (unused is not None and unused[1] in parallel)


def _as_here(ours: str, tensor: Tensor) -> Tensor:
    """Layer norms over all frames are `(C, D, H, W)` in the original, `(D, C, H, W)` here."""
    return tensor.transpose(0, 1) if tensor.dim() == 4 and re.search(r"\bnorm[12]?\.\w+$", ours) else tensor


def _refusal(message: str, hint: str, code: str = "AL606") -> ArchlabError:
    return ArchlabError("The weights cannot be imported.", [Diagnostic(code=code, message=message, hint=hint)])
