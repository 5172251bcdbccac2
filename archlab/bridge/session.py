"""Answers every request that needs no torch and no running job: a pure function of the request and the registry."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

import msgspec

from archlab.bridge import messages as m
from archlab.bridge.graph_view import GraphView, Growth, graph_view, growth
from archlab.document.diagnostics import ArchlabError, Diagnostic, did_you_mean
from archlab.document.limits import MAX_LEVELS, MAX_STAGES
from archlab.document.reading import read_data, read_text
from archlab.document.spec import Spec
from archlab.document.writing import dumps
from archlab.estimator import Estimate, estimate
from archlab.graph import expand
from archlab.parts import catalog
from archlab.parts.registry import Registry
from archlab.templates import templates
from archlab.views import draw
from archlab.views.attention_picture import code_picture


class CheckReply(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a document; `graph` and `estimate` hold as much as could be worked out.

    `digest` is that of the jobs which were started with this very document.
    """

    rev: int
    spec_ok: bool
    digest: str
    graph: GraphView | None
    estimate: Estimate | None
    diagnostics: list[Diagnostic]
    growth: Growth


class Session:
    """Answers requests with one registry; keeps nothing between them, so any thread may use it."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry if registry is not None else catalog.default()
        self._handlers: dict[type[m.Request], Callable[[Any], Any]] = {
            m.CatalogRequest: lambda request: catalog.export(self.registry),
            m.TemplatesRequest: lambda request: self._templates(),
            m.CheckRequest: self._check,
            m.ReadRequest: self._read,
            m.WriteRequest: self._write,
            m.ExportRequest: self._export,
            m.PictureRequest: self._picture,
        }

    def answers(self, request: m.Request) -> bool:
        """True for requests that need neither torch nor a job."""
        return type(request) in self._handlers

    def handle(self, request: m.Request) -> m.Reply | m.Failure:
        """The reply to a request; whatever goes wrong is a `Failure`, never an exception."""
        try:
            return m.Reply(id=request.id, value=self._handlers[type(request)](request))
        except Exception as error:
            return failure(request.id, error)

    def spec(self, data: Any) -> Spec:
        """The document in a request; ArchlabError with its diagnostics when it is none."""
        reading = read_data(data)
        if reading.spec is None:
            raise ArchlabError("This document cannot be read.", reading.diagnostics)
        return reading.spec

    def _templates(self) -> list[m.Template]:
        return [
            m.Template(
                name=t.name,
                title=t.title,
                description=t.description,
                group=t.group,
                source=t.source,
                spec=t.spec.to_dict(),
            )
            for t in templates()
        ]

    def _check(self, request: m.CheckRequest) -> CheckReply:
        reading = read_data(request.spec)
        if reading.spec is None:
            further = () if reading.draft is None else expand(reading.draft, self.registry).diagnostics
            return CheckReply(
                rev=request.rev,
                spec_ok=False,
                digest="",
                graph=None,
                estimate=None,
                diagnostics=[*reading.diagnostics, *further],
                growth=NO_GROWTH,
            )
        expansion = expand(reading.spec, self.registry)
        graph, layout = expansion.graph, expansion.layout
        costs = estimate(reading.spec, batch=request.batch, registry=self.registry)
        found = dict.fromkeys((*reading.diagnostics, *costs.diagnostics))
        return CheckReply(
            rev=request.rev,
            spec_ok=not any(d.severity == "error" for d in found),
            digest=digest(reading.spec),
            graph=None if graph is None else graph_view(graph),
            estimate=costs,
            diagnostics=list(found),
            growth=NO_GROWTH if layout is None else growth(layout, (MAX_LEVELS, MAX_STAGES)),
        )

    def _read(self, request: m.ReadRequest) -> m.ReadReply:
        reading = read_text(request.text)
        return m.ReadReply(
            spec=None if reading.spec is None else reading.spec.to_dict(),
            diagnostics=list(reading.diagnostics),
        )

    def _write(self, request: m.WriteRequest) -> m.WriteReply:
        return m.WriteReply(text=dumps(self.spec(request.spec)))

    def _picture(self, request: m.PictureRequest) -> m.PictureReply:
        found = self.registry.cell(request.code)
        return m.PictureReply(svg="" if found is None else code_picture(*found, theme=request.theme))

    def _refuse_large(self, spec: Spec) -> None:
        graph = expand(spec, self.registry).graph
        count = 0 if graph is None else len(graph.nodes)
        if count > MAX_PNG_NODES:
            raise ArchlabError(
                f"This document has {count} nodes; a PNG is drawn of at most {MAX_PNG_NODES}. "
                "Export it as SVG, or draw it with `archlab draw`."
            )

    def _export(self, request: m.ExportRequest) -> m.ExportReply:
        spec = self.spec(request.spec)
        if request.format not in EXPORTS:
            hint = did_you_mean(request.format, list(EXPORTS))
            raise ArchlabError(f'There is no export format "{request.format}". {hint}')
        if request.format == "png":
            self._refuse_large(spec)
        suffix, mime, write = EXPORTS[request.format]
        content = write(spec, self.registry)
        stem = re.sub(r"[^\w-]+", "-", spec.name).strip("-") or "untitled"
        if isinstance(content, bytes):
            return m.ExportReply(mime=mime, filename=stem + suffix, base64=base64.b64encode(content).decode())
        return m.ExportReply(mime=mime, filename=stem + suffix, text=content)


NO_GROWTH = Growth(level=None, stage=None)

MAX_PNG_NODES = 256  # drawn in about 8 s; the time grows with the square of the levels


def digest(spec: Spec) -> str:
    """Tells one document from another, wherever and whenever it is opened."""
    return hashlib.blake2b(dumps(spec).encode(), digest_size=12).hexdigest()


def failure(id: m.RequestId, error: BaseException) -> m.Failure:
    """An exception as a sentence for the user: faults of what was asked as they are, others as defects."""
    text = str(error) or type(error).__name__
    match error:
        case msgspec.MsgspecError():
            return m.Failure(id=id, message=f"The request could not be understood: {error}", hint=MISMATCH)
        case RecursionError():
            return m.Failure(id=id, message="The request is nested too deeply.")
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return m.Failure(id=id, message=f"{where}{error.strerror or text}.")
        case ValueError():  # ArchlabError is one
            return m.Failure(id=id, message=text)
        case LookupError() if type(error) is LookupError:  # not a KeyError, which says nothing to a user
            return m.Failure(id=id, message=text)
    return m.Failure(
        id=id,
        message=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
        hint="This is a defect of archlab or of one of its plugins; your document is not touched.",
    )


MISMATCH = "The editor and the Python package may be of different versions; reload the page after an update."


EXPORTS: dict[str, tuple[str, str, Callable[[Spec, Registry], str | bytes]]] = {
    "json": (".arch.json", "application/json", lambda spec, registry: dumps(spec)),
    "svg": (".svg", "image/svg+xml", lambda spec, registry: draw(spec, registry=registry).svg),
    "png": (".png", "image/png", lambda spec, registry: draw(spec, registry=registry).png()),
    "dot": (".dot", "text/vnd.graphviz", lambda spec, registry: draw(spec, registry=registry).dot),
}
