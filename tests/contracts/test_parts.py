"""What every part owes by being registered: its words, its shapes, its gradients, its manners."""

from __future__ import annotations

import re
import warnings

import msgspec
import pytest
import torch

from archlab.document.feature_map import FeatureMap
from archlab.parts.catalog import default, export
from archlab.parts.cell import Cell
from archlab.parts.part import Part
from tests.contracts.cases import Case, by_name, cases, parts

PARTS = dict(parts())
ALL = cases()
FIRST = cases(first_only=True)


@pytest.mark.parametrize("name", PARTS)
def test_has_words_for_people(name: str) -> None:
    part = PARTS[name]()
    doc = (type(part).__doc__ or "").strip()
    first = doc.splitlines()[0]
    assert first.endswith(".")
    assert len(first) < 80
    assert re.fullmatch(r"[MLHVCSQAZmlhvcsqaz0-9 .,-]+", part.icon), part.icon
    if isinstance(part, Cell):
        assert part.family != "other"
    for field in msgspec.json.schema(type(part)).get("$defs", {}).get(type(part).__name__, {}).get("properties", {}):
        assert field in type(part).__struct_fields__


@pytest.mark.parametrize("name", PARTS)
def test_survives_its_own_schema(name: str) -> None:
    part = PARTS[name]()
    plain = msgspec.to_builtins(part)
    assert msgspec.convert(plain, type(part)) == part
    assert hash(msgspec.convert(plain, type(part))) == hash(part)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({**plain, "no_such_field": 1}, type(part))


def test_every_field_is_explained_in_the_catalog() -> None:
    catalog = export(default())
    for shelf in ("cells", "links", "stems", "heads", "layouts"):
        for entry in catalog[shelf]:
            for name, schema in entry["schema"]["properties"].items():
                assert schema.get("description"), f"{entry.get('code', entry.get('type'))}.{name}"


@pytest.mark.parametrize("case", ALL, ids=by_name)
def test_says_the_shape_that_leaves(case: Case) -> None:
    module = case.build().eval()
    with torch.no_grad():
        y = module(*case.tensors(batch=2))
    assert tuple(y.shape) == case.out().shape(2)
    assert torch.isfinite(y).all()


@pytest.mark.parametrize("case", FIRST, ids=by_name)
def test_every_parameter_gets_a_gradient(case: Case) -> None:
    torch.manual_seed(0)
    module = case.build().train()
    xs = case.tensors(batch=4)
    module(*xs).square().sum().backward()
    lost = [n for n, p in module.named_parameters() if p.grad is None or not torch.isfinite(p.grad).all()]
    assert lost == []
    assert all(x.grad is not None for x in xs)


@pytest.mark.parametrize("case", FIRST, ids=by_name)
def test_one_seed_one_result(case: Case) -> None:
    results = []
    for _ in range(2):
        torch.manual_seed(7)
        module = case.build().train()
        results.append(module(*case.tensors(seed=1)))
    assert torch.equal(*results)


@pytest.mark.parametrize("case", FIRST, ids=by_name)
def test_weights_go_out_and_in(case: Case) -> None:
    torch.manual_seed(1)
    one, other = case.build().eval(), case.build().eval()
    assert other.load_state_dict(one.state_dict(), strict=True)
    xs = case.tensors()
    with torch.no_grad():
        assert torch.equal(one(*xs), other(*xs))


@pytest.mark.parametrize("case", FIRST, ids=by_name)
def test_builds_on_the_meta_device(case: Case) -> None:
    with torch.device("meta"):
        module = case.build()
    assert all(p.is_meta for p in module.parameters())
    assert tuple(module(*(x.to("meta") for x in case.tensors())).shape) == case.out().shape(2)


@pytest.mark.parametrize("case", FIRST, ids=by_name)
def test_compiles_and_exports(case: Case) -> None:
    module = case.build().eval()
    xs = tuple(x.detach() for x in case.tensors())
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, while it traces
        expected = module(*xs)
        compiled = torch.compile(module, backend="aot_eager", fullgraph=True)(*xs)
        exported = torch.export.export(module, xs).module()(*xs)
    torch.compiler.reset()
    torch.testing.assert_close(compiled, expected)
    torch.testing.assert_close(exported, expected)


@pytest.mark.parametrize("case", FIRST, ids=by_name)
def test_works_on_the_smallest_map_and_explains_smaller_ones(case: Case) -> None:
    worked = False
    for pixels in range(1, 17):
        small = case.on(FeatureMap(channels=case.x.channels, size=(*case.x.size[:-2], pixels, pixels)))
        if small.admitted:
            with torch.no_grad():
                y = small.build().eval()(*small.tensors())
            assert tuple(y.shape) == small.out().shape(2)
            worked = True
            break
        for problem in small.problems():
            assert re.fullmatch(r"AL\d{3}", problem.code)
            assert problem.message.endswith(".")
            assert problem.hint
    assert worked


def test_parts_are_values() -> None:
    for make in PARTS.values():
        part: Part = make()
        assert part == make()
        assert type(part).__struct_config__.frozen
        assert isinstance(hash(part), int)
