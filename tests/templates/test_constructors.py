"""The function that each registered layout has by its word."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from msgspec import Meta

import archlab as al
from archlab.parts.catalog import default


class Row(al.Layout, frozen=True, kw_only=True):
    """Blocks in a row.

    As many as wanted.
    """

    type = "row"

    width: Annotated[int, Meta(ge=1, description="Channels of every block.")]
    blocks: Annotated[int, Meta(ge=1, description="Blocks.")] = 2
    names: Annotated[tuple[str, ...] | None, Meta(description="What they are called.")] = None
    name: Annotated[str, Meta(description="A field that is called as one of the document.")] = "b"

    def counts(self) -> tuple[int, int]:
        return 1, self.blocks

    def wire(self, wiring: Any) -> None:
        last = wiring.entry
        for i in range(self.blocks):
            inputs = [wiring.wire(last)]
            last = wiring.block(f"{self.name}{i}", level=0, stage=i, channels=self.width, inputs=inputs, cells=i)
        wiring.output(last)


@pytest.fixture
def row() -> Iterator[Any]:
    al.register(Row)
    yield al.row
    del default().layouts["row"]
    default().version += 1


def test_a_layout_has_its_constructor_by_being_registered(row: Any) -> None:
    spec = row(width=4, cells=["C2", "C2C2"], input="1x8x8", name="mine", norm="layer")
    assert spec == al.new(
        "row",
        {"width": 4, "blocks": 2},  # its own field `name` is left to `new`
        cells=["C2", "C2C2"],
        input="1x8x8",
        name="mine",
        options={"norm": "layer"},
    )
    assert not al.check(spec)
    assert "row" in al.__all__
    assert "row" in dir(al)


def test_what_ipython_shows_of_it(row: Any) -> None:
    signature = inspect.signature(row)
    assert list(signature.parameters) == ["width", "blocks", "names", "cells", "input", "name", "compat", "options"]
    assert signature.parameters["width"].default is inspect.Parameter.empty
    assert str(signature.parameters["blocks"]) == "blocks: int = 2"
    assert signature.parameters["name"].default == "untitled"
    assert row.__doc__.startswith("Blocks in a row.\n\nAs many as wanted.\n")
    assert (row.__module__, row.__name__) == ("archlab", "row")
    assert pickle.loads(pickle.dumps(row)) is row


def test_a_layout_that_is_gone_is_no_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'row'"):
        al.row  # noqa: B018


def test_meaning_is_left_to_check(row: Any) -> None:
    (missing,) = al.check(row(input="1x8x8"))
    assert (missing.code, missing.path) == ("AL012", "$.layout.width")
    (wrong,) = al.check(row(width=0, input="1x8x8"))
    assert (wrong.code, wrong.path) == ("AL013", "$.layout.width")
    (unknown,) = [d for d in al.check(al.hrnet(levles=2)) if d.severity == "error"]
    assert (unknown.code, unknown.path) == ("AL011", "$.options.levles")
    with pytest.raises(TypeError):
        al.hrnet(3)


@pytest.mark.parametrize("word", ["hrnet", "soanet", "unet"])
def test_fields_that_are_none_are_left_out(word: str) -> None:
    spec = getattr(al, word)(channels=None)
    cls = default().layouts[word]
    written = {name for name in cls.__struct_fields__ if getattr(cls(), name) is not None}
    assert set(spec.layout.params) == written - {"channels"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda spec: spec.with_cells(["C2", 3]), "cells=['C2', 3]: cells are a string, a list of strings"),
        (lambda spec: spec.with_cells(None), "cells=None"),
        (lambda spec: al.hrnet(cells=["C2", 3]), "cells=['C2', 3]"),
        (lambda spec: al.hrnet(cells=[["C2", ["C2"]]]), "cells=[['C2', ['C2']]]"),
        (lambda spec: spec.with_block("B11", 3), "a string or a list of cells, not 3"),
        (lambda spec: spec.with_block("B11", [3]), "a mapping with a code, not 3"),
        (lambda spec: spec.with_neck(3), "a mapping with a type, not 3"),
        (lambda spec: spec.with_head(3), "a mapping with a type, not {'type': 3}"),
        (lambda spec: spec.with_outputs(["out0"]), "one by one"),
        (lambda spec: spec.with_level_option("1", heads=2), "a whole number, not '1'"),
    ],
)
def test_a_value_of_a_wrong_kind_is_named(change: Any, says: str) -> None:
    with pytest.raises(TypeError) as caught:
        change(al.hrnet(levels=2, channels=8, cells="C2"))
    assert says in str(caught.value)


def test_cells_by_column_and_level_are_kept() -> None:
    assert al.hrnet(cells=["C2", ["C2", ""]]).cells == ("C2", ("C2", ""))
