"""Exported names: sorted, present, and the same everywhere."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import archlab
from archlab.parts.catalog import default

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "archlab"


def declared_exports() -> list[tuple[str, list[str]]]:
    """Module name and literal `__all__` of every module that has one."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                continue
            if isinstance(value := getattr(node, "value", None), ast.List | ast.Tuple):
                found.append((path.relative_to(ROOT).as_posix(), [ast.literal_eval(item) for item in value.elts]))
    return found


@pytest.mark.parametrize(
    ("file", "names"), declared_exports(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_exports_are_sorted_and_named_once(file: str, names: list[str]) -> None:
    assert names == sorted(set(names)), f"{file}: sort __all__"


def test_public_names_are_sorted_and_resolve() -> None:
    assert list(archlab.__all__) == sorted(set(archlab.__all__))
    missing = [name for name in archlab.__all__ if not hasattr(archlab, name)]
    assert not missing


def test_public_names_are_what_type_checkers_see() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    seen = {
        alias.asname or alias.name
        for block in tree.body
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == set(archlab.__all__) - set(default().layouts)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'hrnett'. Did you mean \"hrnet\"\?"):
        importlib.import_module("archlab").hrnett  # noqa: B018


def test_layouts_are_public_names() -> None:
    assert set(default().layouts) <= set(archlab.__all__)
    assert set(archlab.__all__) < set(dir(archlab))


def test_parts_are_loaded_when_a_layout_is_asked_for() -> None:
    code = """
import sys, archlab
from archlab import document
hasattr(archlab, "_repr_html_")
before = "archlab.parts.catalog" in sys.modules
archlab.hrnet, archlab.__all__
print(before, "archlab.layouts.hrnet" in sys.modules, "torch" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "True", "False"]


def test_one_version() -> None:
    declared = json.loads((ROOT / "widgets/package.json").read_text(encoding="utf-8"))["version"]
    assert archlab.__version__ == declared
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## Unreleased$", changelog, re.MULTILINE)


def test_importing_archlab_loads_neither_torch_nor_plots_nor_widgets() -> None:
    heavy = [
        "torch",
        "numpy",
        "matplotlib",
        "graphviz",
        "ipywidgets",
        "anywidget",
        "sklearn",
        "skimage",
        "rich",
        "typer",
    ]
    code = f"import sys, archlab; print([name for name in {heavy!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
