"""The page's own tests read answers of this side from a fixture; it must know every part and every key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archlab.bridge import messages as m
from archlab.bridge.session import Session
from archlab.document.spec import Spec
from archlab.templates import template

FIXTURE = Path(__file__).parents[2] / "widgets" / "tests" / "core" / "answers.json"
RENEW = "Write it anew: python -c 'import tests.bridge.test_answers_fixture as t; t.write()'"


def document() -> Spec:
    return template("hrnet-3").with_cells("C2").with_block("B12", ["L1", {"code": "G1", "heads": 2}])


def answers() -> dict[str, Any]:
    """What the fixture holds."""
    session = Session()

    def ask(request: m.Request) -> Any:
        return json.loads(msgspec.json.encode(session.handle(request)))["value"]

    def check(spec: Any) -> Any:
        return ask(m.CheckRequest(rev=1, spec=spec))

    spec = document()
    return {
        "catalog": ask(m.CatalogRequest()),
        "templates": [one for one in ask(m.TemplatesRequest()) if one["name"] == "hrnet-3"],
        "spec": spec.to_dict(),
        "good": check(spec.to_dict()),
        "bad": check(spec.with_block("B12", "C2X").to_dict()),
        "unreadable": check(spec.to_dict() | {"colour": "red"}),
    }


@pytest.fixture(scope="module")
def held() -> Any:
    return json.loads(FIXTURE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("shelf", ["cells", "links", "layouts", "stems", "heads"])
def test_it_knows_every_part_and_every_field(held: Any, shelf: str) -> None:
    def fields(catalog: Any) -> Any:
        return {p.get("code") or p["type"]: (set(p), set(p["schema"]["properties"])) for p in catalog[shelf]}

    assert fields(held["catalog"]) == fields(answers()["catalog"]), RENEW


def test_its_answers_are_made_of_the_same_keys(held: Any) -> None:
    now = answers()
    assert held["spec"] == now["spec"], RENEW
    for name in ("good", "bad", "unreadable"):
        assert keys(held[name]) == keys(now[name]), RENEW


def keys(value: Any, path: str = "$") -> set[str]:
    """The paths of all keys, whatever number a list has; fields of parts are left to the catalog."""
    if isinstance(value, list):
        return set().union(*(keys(item, f"{path}[]") for item in value))
    if not isinstance(value, dict) or path.endswith(("values", "origin", "inert", "effective")):
        return {path}
    return {path}.union(*(keys(item, f"{path}.{name}") for name, item in value.items()))


def write() -> None:
    """Write the fixture."""
    FIXTURE.write_text(json.dumps(answers(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
