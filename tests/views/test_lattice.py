"""The geometry, held to the fixtures that the editor is held to, and to what a reader expects of a picture."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from archlab.graph.model import Graph, GraphLink, GraphNode
from archlab.views.lattice import Metrics, layout

from .graphs import hrnet, soanet, unet

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures" / "lattice").glob("*.json"))


def bare(data: dict) -> Graph:
    """A graph of nothing but places."""
    nodes = tuple(GraphNode(kind="block", channels=1, **n) for n in data["nodes"])
    links = tuple(GraphLink(kind="", part=None, channels=1, steps=0, **k) for k in data["links"])
    return Graph(nodes=nodes, links=links, outputs=(), levels=1, stages=1)


def test_there_are_fixtures() -> None:
    assert len(FIXTURES) >= 5


@pytest.mark.parametrize("path", FIXTURES, ids=lambda p: p.stem)
def test_same_numbers_as_the_editor(path: Path) -> None:
    case = json.loads(path.read_text())
    found, expected = layout(bare(case["graph"])), case["expect"]
    assert (found.width, found.height) == (expected["width"], expected["height"])
    assert list(found.columns) == expected["columns"]
    assert {k: list(v) for k, v in found.nodes.items()} == expected["nodes"]
    assert found.links.keys() == expected["links"].keys()
    for id, want in expected["links"].items():
        route = found.links[id]
        assert [tuple(p) for p in want["points"]] == [pytest.approx(p, abs=0.01) for p in route.points], id
        assert tuple(want["mid"]) == pytest.approx(route.mid, abs=0.01), id
        assert want["angle"] == pytest.approx(route.angle, abs=0.01), id


GRAPHS = {"hrnet-2": hrnet(2), "hrnet-5": hrnet(5), "unet-4": unet(4), "soanet-6": soanet(6)}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
@pytest.mark.parametrize("column", [168, 240])
def test_no_link_runs_through_a_block(graph: Graph, column: int) -> None:
    found = layout(graph, Metrics(column=column))
    m = found.metrics
    for link in graph.links:
        route = found.links[link.id]
        for piece in range(len(route.pieces)):
            for i in range(41):
                (x, y), _ = route.at(piece, i / 40)
                for id, (left, top) in found.nodes.items():
                    inside = left + 1 < x < left + m.width - 1 and top + 1 < y < top + m.height - 1
                    assert not inside, f"{link.id} crosses {id}"


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_ports_of_a_node_lie_apart(graph: Graph) -> None:
    found = layout(graph)
    for node in graph.nodes:
        for end, index in (("source", 0), ("target", -1)):
            heights = sorted(found.links[k.id].points[index][1] for k in graph.links if getattr(k, end) == node.id)
            assert all(b - a > 6 for a, b in pairwise(heights)), (node.id, end)


def test_boxes_do_not_overlap_unless_they_share_a_place() -> None:
    found = layout(hrnet(4))
    assert len(set(found.nodes.values())) == len(found.nodes)


def test_wider_columns_keep_rows_and_order() -> None:
    narrow, wide = layout(hrnet(3)), layout(hrnet(3), Metrics(column=300))
    assert wide.width > narrow.width
    assert wide.height == narrow.height
    assert {k: y for k, (_, y) in wide.nodes.items()} == {k: y for k, (_, y) in narrow.nodes.items()}
