"""From a name of timm, and maybe weights of that model, to a document and maybe a network."""

from __future__ import annotations

import os

from archlab.document.diagnostics import ArchlabError, Diagnostic, did_you_mean
from archlab.importers.imported import Imported, Note, Report
from archlab.importers.timm.models import MODELS


def load_timm(
    name: str,
    weights: str | os.PathLike[str] | None = None,
    *,
    features_only: bool = False,
    strict: bool = True,
) -> Imported:
    """The document of a model that timm knows by name and, where given, its weights; timm is not needed.

    Args:
        name: the model, such as `hrnet_w18`, with any tag of pretrained weights behind a dot
            (`hrnet_w18.ms_aug_in1k`).
        weights: its state_dict as safetensors or by `torch.save`. A head of other classes is left out, and the report
            says so.
        features_only: without the head, the maps that timm returns by default when it is asked for features: every
            branch widened by a bottleneck. The weights may be those of the whole model.
        strict: refuse weights that do not match tensor by tensor; otherwise what fits is taken over.

    Raises:
        FileNotFoundError: there is no file of weights of that name.
        ArchlabError: a name that is not known, or weights that cannot be read or do not match.
    """
    if not isinstance(name, str):
        raise TypeError(f'load_timm(name) takes a name of timm\'s such as "hrnet_w18"; got {name!r:.80}.')
    model, _, tag = name.partition(".")
    if model not in MODELS:
        raise _refusal(f'timm\'s "{model}" is not known here.', did_you_mean(model, list(MODELS)))
    known = MODELS[model]
    spec = known.spec(name)
    trained = Note(key=f".{tag}", text="says how the weights were trained; the net is the same.")
    differs: tuple[Note, ...] = ()
    if features_only:
        if known.features is None:
            hint = "Import the whole model; net.forward_features(x) returns what its head reads."
            raise _refusal(f'Which maps timm returns of "{model}" for features is not known here.', hint)
        differs = (Note(key="features_only", text=known.features.differs),)
        spec = spec.with_head(None).with_neck(*known.features.necks)
    report = Report(
        mapped=(Note(key=model, text=f'template "{known.template}".'),),
        ignored=(trained,) if tag else (),
        differs=differs,
    )
    if weights is None:
        return Imported(spec=spec, report=report)
    from archlab.checkpoints import load_weights
    from archlab.compiler import build

    net = build(spec).eval()
    taken = load_weights(net, weights, names="timm", strict=strict)
    return Imported(spec=spec, report=report, net=net, weights=taken)


def _refusal(message: str, hint: str) -> ArchlabError:
    return ArchlabError("The model cannot be imported.", [Diagnostic(code="AL609", message=message, hint=hint)])
