"""Maps that carry extra tokens: who reads them, who refuses them and what is said, and how they are left behind."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest
import torch

import archlab as al
from archlab.bridge import messages as m
from archlab.bridge.session import Session
from archlab.document.feature_map import FeatureMap
from archlab.graph.on_maps import a_map, unread
from archlab.parts.cell import Cell
from archlab.parts.merges.concat import Concat

TOKENS = FeatureMap(channels=8, size=(4, 6), stride=(8, 8), tokens=2)


def vit(cells: str = "At", groups: int = 2, **stem: Any) -> al.Spec:
    fields = {"patch": 8, "channels": 8, "tokens": 1, **stem}
    return al.vit(groups=groups, cells=cells, input="3x32x48", heads=2).with_stem("patch_embed", **fields)


def test_a_map_with_extra_tokens() -> None:
    assert TOKENS.shape(3) == (3, 26, 8)
    assert (TOKENS.pixels, TOKENS.elements) == (24, 208)
    assert str(TOKENS) == "8x4x6 + 2 tokens"
    assert str(TOKENS.with_tokens(1)) == "8x4x6 + 1 token"
    assert TOKENS.with_tokens(0) == FeatureMap(channels=8, size=(4, 6), stride=(8, 8))
    assert TOKENS.with_channels(3).shape() == (1, 26, 3)
    assert TOKENS.resized(2, 3) == FeatureMap(channels=8, size=(2, 3), stride=(16, 16), tokens=2)


def told(spec: al.Spec) -> dict[str, al.Diagnostic]:
    return {d.node: d for d in al.check(spec) if d.severity == "error"}


@pytest.mark.parametrize(
    ("spec", "node", "says", "hint"),
    [
        (vit("C2", groups=1), "blocks0", "C2: it reads plain maps", "Let the link into its block be of the kind"),
        (vit("AtC2C2", groups=1), "blocks0", "C2: it reads plain maps", "Let the link into its block be of the kind"),
        (vit().with_head("dense"), "head", "dense reads plain maps", "Let the link into it be of the kind"),
        (
            vit().with_link("blocks0>blocks1", "conv_stride"),
            "blocks0>blocks1",
            "conv_stride reads plain maps",
            "Use this kind one node later, behind a link of the kind",
        ),
        (vit().with_link("stem>blocks1", "identity"), "blocks1", "sum reads plain maps", "Let the link into it be of"),
    ],
    ids=["cell", "later cell", "head", "link", "merge"],
)
def test_who_reads_plain_maps_refuses_them(spec: al.Spec, node: str, says: str, hint: str) -> None:
    found = told(spec)
    assert list(found) == [node]
    assert found[node].code == "AL109"
    assert found[node].message == f"{says}, and this one carries 1 extra token beside its grid."
    assert found[node].hint.startswith(f'{hint} "drop_tokens"' if hint.endswith("kind") else hint)
    assert found[node].hint.endswith("or use tokens 0 in the stem.")
    assert al.estimate(spec).macs is None
    with pytest.raises(al.ArchlabError, match="AL109"):
        al.build(spec)


def test_who_reads_tokens_only_refuses_plain_maps() -> None:
    class Reader(Cell, frozen=True, kw_only=True):
        """Reads a class token."""

        reads: Literal["map", "tokens", "both"] = "tokens"  # type: ignore[misc]

    (problem,) = unread(Reader(), TOKENS.with_tokens(0))
    assert problem.code == "AL110"
    assert problem.hint == 'Use the stem "patch_embed" with tokens 1 or more.'
    assert unread(Reader(), TOKENS) == ()
    assert unread(Concat(), TOKENS)[0].message.startswith("concat reads plain maps, and this one carries 2 extra")


@pytest.mark.parametrize("odd", [msgspec.structs.replace(TOKENS, size=(2, 4, 6)), TOKENS.with_tokens(-1)])
def test_a_part_cannot_leave_extra_tokens_beside_frames(odd: FeatureMap) -> None:
    with pytest.raises(ValueError, match="extra tokens are counted"):
        a_map(odd)


def test_drop_tokens_leaves_the_grid() -> None:
    spec = vit(groups=3).with_block("blocks2", "C2").with_link("blocks1>blocks2", "drop_tokens").with_head("dense")
    assert not al.check(spec)
    net = al.build(spec)
    x = torch.randn(2, 3, 32, 48)
    carried, _, grid = net.forward_features(x)
    assert carried.shape == (2, 25, 8)
    assert grid.shape == (2, 8, 4, 6)
    assert net(x).shape == (2, 2, 32, 48)
    assert [i.get("tokens", 0) for i in net.feature_info] == [1, 1, 0]
    dropped = net.link_module("blocks1>blocks2")(carried)
    assert torch.equal(dropped.flatten(2).transpose(1, 2), carried[:, 1:])
    assert dropped.untyped_storage().nbytes() == 4 * dropped.numel()  # no tokens are kept in memory by it
    estimate = al.estimate(spec, batch=2)
    assert estimate.row("blocks1>blocks2").shape == (2, 8, 4, 6)
    assert sum(p.numel() for p in net.parameters()) == estimate.params


def test_drop_tokens_hands_a_plain_map_on() -> None:
    spec = vit(tokens=0).with_link("blocks0>blocks1", "drop_tokens")
    assert not al.check(spec)
    assert al.estimate(spec).row("blocks0>blocks1").activation_bytes == 0


def test_the_class_token_is_judged_where_there_is_one() -> None:
    found = told(vit(tokens=0).with_head("classify", pool="token"))
    assert found["head"].code == "AL412"
    assert found["head"].path == "$.head.pool"
    assert found["head"].hint == 'Use pool "mean", or the stem "patch_embed" with tokens 1.'


def test_the_editor_shows_such_a_net() -> None:
    spec = vit().with_link("blocks0>blocks1", "drop_tokens").with_head("classify", pool="mean", norm="channel")
    answer = Session().handle(m.CheckRequest(id=1, spec=spec.to_dict()))
    assert isinstance(answer, m.Reply)
    shapes = {node.id: node.shape for node in answer.value.graph.nodes}
    assert shapes == {"input": (3, 32, 48), "stem": (25, 8), "blocks0": (25, 8), "blocks1": (8, 4, 6), "head": (10,)}
    assert "25×8" in al.draw(spec).svg
    assert "25×8" in al.draw(spec).dot
