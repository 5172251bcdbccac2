"""Real Jupyter servers on loopback, in folders of their own, ended by their process id."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

REPOSITORY = Path(__file__).parents[2]
TOKEN = "for-this-test-only"
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


class JupyterServer:
    """JupyterLab or Notebook 7 with this repository's extension, `files` as its root folder."""

    def __init__(self, app: str, home: Path) -> None:
        self.files = home / "files"
        self.log = home / "log"
        self._runtime = home / "runtime"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.files.mkdir(parents=True)
        _write_settings(home / "settings")
        _link_extension(home)
        _add_bare_kernel(home)
        command = [
            *(sys.executable, "-m", app, "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={self.port}"),
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.files}",
            f"--IdentityProvider.token={TOKEN}",
            "--KernelManager.autorestart=True",
        ]
        environment = {
            **os.environ,
            "HOME": str(home),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "JUPYTER_PREFER_ENV_PATH": "0",
            "IPYTHONDIR": str(home / "ipython"),
            "OMP_NUM_THREADS": "1",
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        self._wait()

    def address(self, path: str) -> str:
        """A page of this server, with the token."""
        return f"{self.url}/{path}{'&' if '?' in path else '?'}token={TOKEN}"

    def request(self, path: str, method: str = "GET", body: object = None) -> Any:
        """Ask the server's REST interface."""
        headers = {"Authorization": f"token {TOKEN}"}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}/api/{path}", data=data, headers=headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as response:
            text = response.read()
        return json.loads(text) if text else None

    def execute(self, kernel: str, code: str) -> None:
        """Run code in a kernel, beside whatever else is connected to it."""
        client = BlockingKernelClient(connection_file=str(self._runtime / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        try:
            reply = client.execute_interactive(code, timeout=60, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok", reply["content"]
        finally:
            client.stop_channels()

    def kernel_processes(self) -> list[int]:
        """Process ids of this server's kernels."""
        found = subprocess.run(
            ["ps", "--ppid", str(self._process.pid), "-o", "pid=,args="], capture_output=True, text=True, check=False
        )
        return [int(line.split()[0]) for line in found.stdout.splitlines() if "ipykernel" in line]

    def close_sessions(self) -> None:
        """End every kernel: one that is used again would keep an old bundle."""
        sessions = self.request("sessions")
        assert isinstance(sessions, list)
        for session in sessions:
            self.request(f"sessions/{session['id']}", "DELETE")

    def stop(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)

    def _wait(self) -> None:
        for _ in range(600):
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/api", timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"The server did not come up:\n{self.log.read_text()[-4000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_settings(folder: Path) -> None:
    for name, value in SETTINGS.items():
        file = folder / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value))


def _link_extension(home: Path) -> None:
    """Show the repository's own bundle and server extension to the server, wherever archlab is installed."""
    extensions = home / "data" / "labextensions"
    extensions.mkdir(parents=True)
    (extensions / "archlab").symlink_to(REPOSITORY / "archlab" / "labextension")
    config = home / "config" / "jupyter_server_config.d"
    config.mkdir(parents=True)
    (config / "archlab.json").write_text(
        json.dumps({"ServerApp": {"jpserver_extensions": {"archlab.bridge.server": True}}})
    )


BARE = "import sys; sys.modules['archlab'] = None; from ipykernel.kernelapp import launch_new_instance as run; run()"


def _add_bare_kernel(home: Path) -> None:
    """A kernel in whose environment archlab is missing."""
    folder = home / "data" / "kernels" / "bare"
    folder.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-c", BARE, "-f", "{connection_file}"],
        "display_name": "Bare",
        "language": "python",
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
