"""The picture of a document: in a notebook, as text, or saved as SVG, PNG or DOT."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from archlab.document.diagnostics import ArchlabError, Diagnostic, did_you_mean
from archlab.document.spec import Spec
from archlab.graph import expand
from archlab.graph.model import Graph
from archlab.parts import catalog
from archlab.parts.registry import Registry
from archlab.text import numbers, sizes
from archlab.views import graphviz_source, png, svg
from archlab.views.overlay import Overlay
from archlab.views.palette import Theme
from archlab.views.scene import picture
from archlab.views.shapes import Picture

if TYPE_CHECKING:
    from archlab.compiler import Backbone

Format = Literal["svg", "png", "dot"]
SUFFIXES: dict[str, Format] = {".svg": "svg", ".png": "png", ".dot": "dot", ".gv": "dot"}
FORMATS = tuple(dict.fromkeys(SUFFIXES.values()))


class Drawing:
    """A finished picture. A notebook shows it; `svg`, `dot` and `png()` give it; `save` writes it by suffix."""

    def __init__(self, picture: Picture, graph: Graph, name: str, format: Format, theme: Theme) -> None:
        self.picture, self.graph, self.name, self.format, self.theme = picture, graph, name, format, theme

    @property
    def dot(self) -> str:
        """The lattice as graphviz source; made when it is asked for, as it alone needs the package graphviz."""
        return graphviz_source.source(self.graph, self.name)

    @property
    def svg(self) -> str:
        """The SVG element."""
        return svg.render(self.picture, self.theme)

    def png(self, scale: float = 2.0) -> bytes:
        """PNG file content, `scale` pixels per px of the SVG."""
        return png.render(self.picture, self.theme, scale)

    def graphviz(self, format: str = "svg") -> bytes:
        """The DOT source laid out by graphviz; ArchlabError where its program `dot` is not installed."""
        return graphviz_source.render(self.dot, format)

    def save(self, path: str | os.PathLike[str], format: Format | None = None) -> Path:
        """Write a file; `.svg`, `.png`, `.dot` and `.gv` are known, and `format` chooses where the suffix does not.

        Another suffix raises ArchlabError.
        """
        target = Path(path)
        match format or SUFFIXES.get(target.suffix.lower()):
            case "svg":
                target.write_text(self.svg + "\n", encoding="utf-8")
            case "png":
                target.write_bytes(self.png())
            case "dot":
                target.write_text(self.dot, encoding="utf-8")
            case _:
                raise ArchlabError(f'"{target.name}": no picture format has the suffix "{target.suffix}". '
                                   f"Use one of {', '.join(SUFFIXES)}.")  # fmt: skip
        return target

    def __str__(self) -> str:
        return self.dot if self.format == "dot" else self.svg

    def __repr__(self) -> str:
        return f"<Drawing of {self.picture.title!r}: {self.picture.description}>"

    def _repr_svg_(self) -> str | None:
        return self.svg if self.format == "svg" else None

    def _repr_html_(self) -> str | None:
        """Inline, so that the tooltips of nodes and links work."""
        return f'<div style="overflow-x:auto">{self.svg}</div>' if self.format == "svg" else None

    def _repr_png_(self) -> bytes | None:
        return self.png() if self.format == "png" else None


def draw(
    spec: Spec | Backbone,
    format: Format = "svg",
    *,
    theme: Theme = "light",
    overlay: Overlay | Mapping[str, float | None] | None = None,
    subtitle: str | None = None,
    registry: Registry | None = None,
) -> Drawing:
    """The lattice of a document or of a built net, errors marked at their blocks.

    `format` is what a notebook shows (`svg`, `png`, or `dot` as text). `overlay` maps ids of nodes and links to
    numbers. `subtitle` stands beside the name: input, parameters and MACs by default. Raises ArchlabError only where
    there is nothing to draw: an unknown layout, or an unknown format.
    """
    if format not in FORMATS:
        raise ArchlabError(f'There is no picture format "{format}". {did_you_mean(format, FORMATS)}')
    name, graph, diagnostics = _expanded(spec, registry)
    line = _totals(spec, registry) if subtitle is None else subtitle
    drawn = picture(graph, title=name, subtitle=line, overlay=_overlay(overlay), diagnostics=diagnostics)
    return Drawing(drawn, graph, name, format, theme)


def lattice_svg(
    spec: Spec | Backbone | Graph,
    overlay: Overlay | Mapping[str, float | None] | None = None,
    theme: Theme = "light",
    *,
    title: str = "",
    subtitle: str | None = None,
) -> str:
    """The lattice as one self-contained SVG element; `title` stands above it, the document's name by default."""
    name, graph, diagnostics = _expanded(spec, None)
    line = _totals(spec, None) if subtitle is None else subtitle
    drawn = picture(graph, title=title or name, subtitle=line, overlay=_overlay(overlay), diagnostics=diagnostics)
    return svg.render(drawn, theme)


def dot(spec: Spec | Backbone | Graph) -> str:
    """The lattice as graphviz source."""
    name, graph, _ = _expanded(spec, None)
    return graphviz_source.source(graph, name or "archlab")


def document(thing: Any) -> Spec:
    """A document itself, or the one that a net was built from; TypeError for anything else."""
    spec = thing if isinstance(thing, Spec) else getattr(thing, "spec", None)
    if not isinstance(spec, Spec):
        raise TypeError(f"A document, or a net built from one, is needed; this is a {type(thing).__name__}.")
    return spec


def _expanded(thing: Any, registry: Registry | None) -> tuple[str, Graph, tuple[Diagnostic, ...]]:
    """What can be drawn of a document, a built net or a graph: its name, its graph, its diagnostics."""
    if isinstance(thing, Graph):
        return "", thing, ()
    spec = document(thing)
    expansion = expand(spec, registry or catalog.default())
    if expansion.graph is None:
        raise ArchlabError("There is nothing to draw: the layout cannot be wired.", expansion.diagnostics)
    return spec.name, expansion.graph, expansion.diagnostics


def _totals(thing: Any, registry: Registry | None) -> str:
    """The line under the title: input, parameters and MACs of a document; empty for a bare graph."""
    if isinstance(thing, Graph):
        return ""
    from archlab.estimator import estimate

    costs = estimate(document(thing), registry=registry)
    entry = sizes.shape((costs.input["channels"], *costs.input["size"]))
    return f"input {entry}  ·  {numbers.count(costs.params)} parameters  ·  {numbers.count(costs.macs)} MACs"


def _overlay(given: Overlay | Mapping[str, float | None] | None) -> Overlay | None:
    if given is None or isinstance(given, Overlay):
        return given
    return Overlay(title="value", values=dict(given))
