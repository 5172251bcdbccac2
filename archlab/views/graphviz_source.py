"""A lattice as graphviz source: rows become ranks, so that any graphviz front end lays it out by levels."""

from __future__ import annotations

from archlab.document.diagnostics import ArchlabError
from archlab.graph.model import Graph, GraphLink, GraphNode
from archlab.text import sizes
from archlab.text.markup import printable
from archlab.views.link_shapes import direction
from archlab.views.palette import colours

_SHAPES = {"input": "oval", "stem": "oval", "block": "box", "fusion": "ellipse", "neck": "oval", "head": "oval"}
_HEADS = {"down": "normal", "up": "empty", "same": "vee"}


def source(graph: Graph, name: str = "archlab") -> str:
    """Graphviz source of a graph; levels are ranks from top to bottom."""
    import graphviz

    palette = colours("light")
    drawing = graphviz.Digraph(_quiet(name), graph_attr={"rankdir": "TB", "splines": "true", "nodesep": "0.5"})
    drawing.attr("node", fontname="Helvetica", fontsize="11", color=palette["edge"], style="rounded")
    drawing.attr("edge", fontname="Helvetica", fontsize="9")
    for level in sorted({n.level for n in graph.nodes}):
        with drawing.subgraph() as row:
            row.attr(rank="same")
            for node in graph.nodes:
                if node.level == level:
                    row.node(_quiet(node.id), label=_label(node), shape=_SHAPES[node.kind])
    for link in graph.links:
        drawing.edge(_quiet(link.source), _quiet(link.target), **_look(link, palette))
    return str(drawing.source)


def render(text: str, format: str = "svg") -> bytes:
    """Graphviz source laid out by the `dot` program.

    Raises ArchlabError when that program is not installed (the Python package does not carry it).
    """
    import graphviz

    try:
        return graphviz.Source(text).pipe(format=format)
    except graphviz.ExecutableNotFound:
        raise ArchlabError(
            "The graphviz program `dot` is not on the PATH. Install it (Debian: apt install graphviz), "
            "or save the picture as SVG or PNG, which needs no program."
        ) from None


def _label(node: GraphNode) -> str:
    dims = None if node.out is None else node.out.shape()[1:]
    lines = [node.id, node.text, sizes.shape(dims, "shape unknown")]
    if len(node.inputs) > 1:
        lines[0] += f" ({node.merge.type})"
    return "\\n".join(_quiet(line) for line in lines if line)


def _look(link: GraphLink, palette: dict[str, str]) -> dict[str, str]:
    kind = direction(link)
    role = "off" if link.off else "gate" if link.query else kind
    look = {"arrowhead": _HEADS[kind], "color": palette[role], "tooltip": _quiet(f"{link.id}: {link.kind}")}
    look["constraint"] = "true" if kind == "down" else "false"
    if link.off:
        look["style"] = "dashed"
    if link.query:
        look["label"] = "gate"
    return look


def _quiet(text: str) -> str:
    """The text, so that graphviz reads no escape sequence in it: a backslash stays a backslash."""
    import graphviz

    escaped: str = graphviz.escape(printable(text))
    return escaped  # not `str(...)`: its own class is what keeps `<...>` from being read as HTML or bare words
