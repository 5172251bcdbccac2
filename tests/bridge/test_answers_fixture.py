"""The page's own tests read answers of this side from a fixture; it must know every part and every key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from archlab.bridge import messages as m
from archlab.bridge.session import Session
from archlab.document.spec import Spec
from archlab.templates import template

FIXTURE = Path(__file__).parents[2] / "widgets" / "tests" / "core" / "answers.json"
RENEW = "`make fix` writes it anew"


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


def test_it_holds_what_is_answered_today() -> None:
    held, now = json.loads(FIXTURE.read_text(encoding="utf-8")), answers()
    assert held.keys() == now.keys(), RENEW
    for name in now:
        assert held[name] == now[name], f"{name}: {RENEW}"


def write() -> None:
    """Write the fixture."""
    FIXTURE.write_text(json.dumps(answers(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
