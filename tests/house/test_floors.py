"""Everything below the compiler works where torch, plots and widgets are not installed."""

from __future__ import annotations

import subprocess
import sys

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

FLOORS = ("spec", "graph", "layouts", "cells", "links", "stems", "heads")
names = ["archlab.part", "archlab.catalog", "archlab.documents", "archlab.templates", "archlab.estimator"]
for floor in FLOORS:
    home = importlib.import_module(f"archlab.{floor}")
    names += [module.name for module in pkgutil.walk_packages(home.__path__, home.__name__ + ".")]
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
    assert int(run(IMPORT_ALL)) > 30


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
