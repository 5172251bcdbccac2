"""Everything below the compiler works where torch, plots and widgets are not installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

BLOCKED = ("torch", "torchvision", "matplotlib", "graphviz", "ipywidgets", "anywidget", "IPython")

PROLOGUE = f"""
import sys

class Absent:
    "Makes an installed package absent."
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {BLOCKED!r}:
            raise ModuleNotFoundError(f"{{name}} is not installed here", name=name)

sys.meta_path.insert(0, Absent())
"""

IMPORT_ALL = """
import importlib, pkgutil
import archlab

FLOORS = "text document geometry costing parts graph cells links stems necks heads layouts templates estimator".split()
names = []
for floor in FLOORS:
    home = importlib.import_module(f"archlab.{floor}")
    found = [module.name for module in pkgutil.walk_packages(home.__path__, home.__name__ + ".")]
    names += [name for name in found if not name.endswith(("module", "_module", "estimator.counting"))]
for name in names:
    importlib.import_module(name)
print(len(names))
"""

USE = """
import archlab as al

spec = al.hrnet(levels=3, channels=16, cells="T1L1G1", input="3x64x64")
problems = [d for d in al.check(spec) if d.severity == "error"]
assert not problems, problems
numbers = al.estimate(spec)
assert numbers.params > 0 and numbers.macs > 0 and numbers.flops == 2 * numbers.macs
picture = al.draw(spec)._repr_svg_()
assert picture.lstrip().startswith("<svg"), picture[:80]
print(sorted(name for name in sys.modules if name.split(".")[0] in BLOCKED))
"""

SERVER = """
import importlib
importlib.import_module("archlab.bridge.server")
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", PROLOGUE + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_lower_floors_import_without_torch() -> None:
    assert int(run(IMPORT_ALL)) > 60


def test_check_estimate_and_draw_work_without_torch() -> None:
    assert run(f"BLOCKED = {BLOCKED!r}\n{USE}") == "[]"


def test_the_server_extension_loads_without_torch() -> None:
    run(SERVER)


def test_building_without_torch_says_what_is_missing() -> None:
    message = run(
        "import archlab as al\n"
        "try:\n"
        "    al.build(al.hrnet(levels=2, channels=16, cells='C2', input='3x32x32'))\n"
        "except ModuleNotFoundError as missing:\n"
        "    print(missing)\n"
    )
    assert "torch" in message


def test_no_module_imports_itself_in_a_circle() -> None:
    """Not through others, and not for type checkers alone: every file can be read with what is below it."""
    graph = grimp.build_graph("archlab", exclude_type_checking_imports=False, cache_dir=None)
    below = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    below["archlab"] = set()  # the public names, loaded when they are used
    order = TopologicalSorter(below)
    try:
        order.prepare()
    except CycleError as error:
        raise AssertionError(f"these import each other: {' -> '.join(error.args[1])}") from None


def test_only_torch_rooms_name_torch() -> None:
    """`nn`, modules of parts, and what runs networks."""
    graph = grimp.build_graph("archlab", include_external_packages=True, exclude_type_checking_imports=True)
    allowed = (
        "archlab.nn",
        "archlab.compiler",
        "archlab.checkpoints",
        "archlab.profiler",
        "archlab.trainer",
        "archlab.testing",
    )
    outside = {"archlab.estimator.counting"}  # imported inside a function
    for module in graph.find_modules_that_directly_import("torch"):
        inside = any(module == room or module.startswith(f"{room}.") for room in allowed)
        lines = {d["line_number"] for d in graph.get_import_details(importer=module, imported="torch")}
        if inside or module in outside or module.endswith(("module", "_module")) or not lines:
            continue
        source = Path(importlib.util.find_spec(module).origin).read_text().splitlines()  # type: ignore[union-attr, arg-type]
        at_the_top = [source[line - 1] for line in lines if not source[line - 1].startswith(" ")]
        assert not at_the_top, f"{module} imports torch at its top: {at_the_top}"
