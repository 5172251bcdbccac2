"""The pages: their Python runs, their links lead somewhere, the reference says what the parts say."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from torch import nn

from archlab.document.feature_map import FeatureMap
from archlab.parts import catalog
from archlab.parts.cell import Cell
from archlab.text.numbers import exact
from tests.docs.files import prepare

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
RUNNING = [p for p in PAGES if p.parent.name in ("tutorials", "how-to") and "```python" in p.read_text()]
SHELVES = ("codes", "links", "layouts", "stems", "necks", "heads", "merges")


@pytest.fixture
def registry() -> Iterator[None]:
    """Whatever a page registers is forgotten afterwards."""
    known = catalog.default()
    before = {name: dict(getattr(known, name)) for name in SHELVES}
    yield
    for name, parts in before.items():
        shelf = getattr(known, name)
        shelf.clear()
        shelf.update(parts)
    known.version += 1


@pytest.mark.parametrize("page", RUNNING, ids=lambda p: p.stem)
def test_the_python_of_a_page_runs(page: Path, registry: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page in order, in one module, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    prepare(page, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    module = types.ModuleType(f"page_{page.stem.replace('-', '_')}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    text = page.read_text()
    for block in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        line = text[: block.start()].count("\n") + 1
        code = "from __future__ import annotations\n" + block[1].replace("from __future__ import annotations\n", "")
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), module.__dict__)
    for name in [name for name in sys.modules if (tmp_path / name.partition(".")[0]).is_dir()]:
        monkeypatch.delitem(sys.modules, name)  # the page's own files, which are gone


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT / "docs")))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    for page in PAGES:
        path = str(page.relative_to(ROOT / "docs"))
        assert path == "README.md" or f"({path})" in index, path


def test_the_reference_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("code", sorted(catalog.default().codes))
def test_every_code_has_a_page(code: str) -> None:
    cls, _ = catalog.default().codes[code]
    text = (ROOT / "docs" / "cells" / f"{code}.md").read_text()
    pictures = [path.name for path in (ROOT / "docs" / "img" / "cells").glob(f"{code}[.-]*")]
    given = {"Who looks at whom": f"{code}.svg" in pictures, "Formula": cls.formula, "Source": cls.source}
    sections = ["Who looks at whom", "Formula", "Shapes", "Cost", "Options", "Source"]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [name for name in sections if given.get(name, True)]
    for said in (cls.formula, cls.shapes, cls.cost_formula, cls.source):
        assert said in text
    assert f"{code}-icon.svg" in pictures
    for picture in pictures:
        assert f"](../img/cells/{picture})" in text
        assert (ROOT / "docs" / "img" / "cells" / picture).read_text().startswith("<svg")


def test_a_new_code_gets_its_page_by_being_registered(registry: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    cell_pages = importlib.import_module("cell_pages")
    before = set(cell_pages.files())

    @catalog.register
    class Silent(Cell, frozen=True, kw_only=True):
        """Says what it does and nothing else."""

        codes = {"Q7": {}}
        family = "convolution"
        samples = ("8x6x4",)

        def build(self, x: FeatureMap, width: int) -> nn.Module:
            return nn.Sequential((nn.Conv2d if len(x.size) == 2 else nn.Conv3d)(x.channels, 4, 1), nn.ReLU())

    made = cell_pages.files()
    assert set(made) - before == {"cells/Q7.md", "img/cells/Q7-icon.svg"}
    page = made["cells/Q7.md"]
    assert "Says what it does and nothing else." in page
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == ["Shapes", "Cost", "Options"]
    assert "0  (2, 4, 6, 4)\n1  (2, 4, 6, 4)\n" in page  # the two modules, by their names
    assert "measured by one run of its module" in page
    assert f"| 32x64x64 | 32 | 132 | {exact(524_288)} |" in page  # 32 x 4 weights and 4 biases
    assert "[Q7](Q7.md)" in made["cells/README.md"]
    assert "[Q7](cells/Q7.md)" in cell_pages.listed("# Docs\n\nCodes: none\n")


def test_every_diagnostic_has_a_row() -> None:
    """A code that the package can emit is explained in `docs/errors.md`, and nothing else is."""
    used = set()
    for path in (ROOT / "archlab").rglob("*.py"):
        used |= set(re.findall(r"\"(AL\d{3})\"", path.read_text()))
    explained = set(re.findall(r"^\| (AL\d{3}) ", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE))
    assert used - explained == set()
    assert explained - used == set()
