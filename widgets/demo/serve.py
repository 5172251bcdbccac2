"""Serves the editor as a page of its own, answers its questions and runs its jobs: `python demo/serve.py 8899`."""

from __future__ import annotations

import base64
import json
import queue
import subprocess
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from archlab.bridge.peer import Peer
from archlab.bridge.runner import Runner

HERE = Path(__file__).resolve().parent
RUNNER = Runner()


class Handler(SimpleHTTPRequestHandler):
    """Files of this folder, and `POST api/OP`: one JSON message a line until the answer is complete."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, directory=str(HERE), **kwargs)

    def log_message(self, *_: Any) -> None:
        """Say nothing about each request."""

    def do_POST(self) -> None:
        """Answer one request."""
        size = int(self.headers.get("Content-Length", 0))
        payload = json.loads(self.rfile.read(size) or b"{}")
        answers: queue.Queue[tuple[Any, list[bytes]]] = queue.Queue()
        peer = Peer(lambda message, buffers: answers.put((message, buffers)), RUNNER)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        peer.receive({**payload, "id": 1, "op": self.path.rsplit("/", 1)[-1]})
        while True:
            message, buffers = answers.get()
            plain = msgspec.to_builtins(message)
            line = {"message": plain, "buffers": [base64.b64encode(b).decode() for b in buffers]}
            self.wfile.write(json.dumps(line).encode() + b"\n")
            self.wfile.flush()
            if plain["type"] != "frame":
                break
            peer.receive({"op": "ack", "job": plain["job"], "request": 1, "number": plain["number"]})


def build() -> None:
    """Bundle the page."""
    esbuild = HERE.parent / "node_modules" / ".bin" / "esbuild"
    common = ["--bundle", f"--outdir={HERE / 'dist'}", "--log-level=warning"]
    subprocess.run(
        [esbuild, str(HERE / "main.ts"), "--format=esm", "--jsx=automatic", "--minify",
         '--define:process.env.NODE_ENV="production"', *common],
        check=True,
    )  # fmt: skip
    subprocess.run([esbuild, f"style={HERE.parent / 'style' / 'index.css'}", *common], check=True)


if __name__ == "__main__":
    build()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8899
    sys.stdout.write(f"http://127.0.0.1:{port}/\n")
    sys.stdout.flush()
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
