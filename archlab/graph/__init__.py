"""The intermediate form: a document expanded into nodes and links, with every shape and every diagnostic."""

from archlab.graph.expand import Expansion, expand
from archlab.graph.model import CellUse, Graph, GraphLink, GraphNode

__all__ = ["CellUse", "Expansion", "Graph", "GraphLink", "GraphNode", "expand"]
