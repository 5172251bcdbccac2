"""The server extension inside a real Jupyter server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archlab.bridge import server as extension
from archlab.bridge.messages import SERVER_OPERATIONS
from archlab.bridge.session import EXPORTS
from archlab.templates import template

TOKEN = "for-this-test-only"


class Server:
    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}/lab-of-nobody"

    def post(self, path: str, body: bytes, **headers: str) -> tuple[int, Any]:
        """Status and decoded answer."""
        request = urllib.request.Request(self.base + path, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text.decode()

    def ask(self, op: str, payload: Any = None) -> tuple[int, Any]:
        """POST with the token."""
        return self.post(f"/archlab/api/{op}", json.dumps(payload or {}).encode(), Authorization=f"token {TOKEN}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        "--ServerApp.port_retries=0",
        "--ServerApp.base_url=/lab-of-nobody",
        f"--IdentityProvider.token={TOKEN}",
        '--ServerApp.jpserver_extensions={"archlab.bridge.server": True}',
    ]
    paths = {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home),
        "JUPYTER_RUNTIME_DIR": str(home),
        "JUPYTER_NO_CONFIG": "1",
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, env={**os.environ, **paths}, stdout=log, stderr=log)
    try:
        yield wait_for(Server(port), process, home / "log")
    finally:
        process.terminate()
        process.wait(30)


def wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> Server:
    for _ in range(300):
        try:
            if process.poll() is not None:
                break
            with urllib.request.urlopen(f"{server.base}/api", timeout=5):
                return server
        except OSError:
            time.sleep(0.2)
    pytest.fail(log.read_text())


def test_check_without_a_kernel(server: Server) -> None:
    status, answer = server.ask("check", {"id": 9, "rev": 2, "spec": template("hrnet-3").to_dict()})
    assert status == HTTPStatus.OK
    assert (answer["type"], answer["id"], answer["value"]["rev"]) == ("reply", 9, 2)
    assert len(answer["value"]["graph"]["nodes"]) > 9


def test_catalog_and_templates(server: Server) -> None:
    assert {cell["code"] for cell in server.ask("catalog")[1]["value"]["cells"]} >= {"C2", "T1"}
    assert server.ask("templates")[1]["value"][0]["title"] == "HRNet, 3 levels"


def test_nobody_gets_in_without_the_token(server: Server) -> None:
    assert server.post("/archlab/api/catalog", b"{}")[0] == HTTPStatus.FORBIDDEN
    assert server.post("/archlab/api/catalog", b"{}", Authorization="token wrong")[0] == HTTPStatus.FORBIDDEN


def test_a_cookie_alone_is_not_enough(server: Server) -> None:
    """A foreign page can make a browser send cookies, not the XSRF header."""
    assert server.post("/archlab/api/catalog", b"{}", Cookie="username-127-0-0-1=x")[0] == HTTPStatus.FORBIDDEN


def test_a_foreign_page_gets_nothing(server: Server) -> None:
    headers = {"Authorization": f"token {TOKEN[:-1]}", "Origin": "http://foreign.example"}
    assert server.post("/archlab/api/catalog", b"{}", **headers)[0] in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def test_every_question_that_needs_no_kernel_is_answered(server: Server) -> None:
    payloads = {
        "check": {"spec": template("hrnet-3").to_dict()},
        "read": {"text": "{}"},
        "export": {"spec": template("hrnet-3").to_dict(), "format": "json"},
        "picture": {"code": "L1"},
    }
    for op in SERVER_OPERATIONS:
        assert server.ask(op, payloads.get(op))[0] == HTTPStatus.OK, op


@pytest.mark.parametrize("op", ["train", "profile", "control", "nothing"])
def test_jobs_are_not_for_the_server_and_archlab_says_so(server: Server, op: str) -> None:
    status, answer = server.ask(op)
    assert (status, answer["type"]) == (HTTPStatus.NOT_FOUND, "error")
    assert op in answer["message"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b'{"spec": 1, "more": 2}', b"[" * 100_000, b'{"id": {}}'])
def test_a_bad_request_is_an_error_message(server: Server, body: bytes) -> None:
    status, answer = server.post("/archlab/api/check", body, Authorization=f"token {TOKEN}")
    assert status == HTTPStatus.BAD_REQUEST
    assert answer["type"] == "error"
    assert answer["message"]


def test_a_huge_body_is_refused(server: Server) -> None:
    status, answer = server.ask("read", {"text": "x" * (17 << 20)})
    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "limit" in answer["message"]


def test_five_megabytes_of_document_are_a_diagnostic(server: Server) -> None:
    status, answer = server.ask("read", {"text": "x" * (5 << 20)})
    assert status == HTTPStatus.OK
    assert answer["value"]["diagnostics"][0]["code"] == "AL001"
    assert server.ask("templates")[0] == HTTPStatus.OK


def test_answers_are_encoded_where_they_are_worked_out_and_pictures_hold_up_no_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawing, draw = threading.Event(), threading.Event()
    threads: list[str] = []
    encode = msgspec.json.encode

    def slowly(spec: Any, registry: Any) -> str:
        drawing.set()
        assert draw.wait(60)
        return "digraph {}"

    def noted(value: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return encode(value)

    monkeypatch.setitem(EXPORTS, "dot", EXPORTS["dot"]._replace(write=slowly))
    monkeypatch.setattr(extension.msgspec.json, "encode", noted)
    spec = template("hrnet-3").to_dict()

    async def ask() -> None:
        workers = extension.Workers()
        export = encode({"spec": spec, "format": "dot"})
        pictures = [asyncio.ensure_future(workers.answer("export", export)) for _ in range(8)]
        await asyncio.to_thread(drawing.wait, 60)
        status, body = await workers.answer("check", encode({"spec": spec}))
        assert status == HTTPStatus.OK
        assert msgspec.json.decode(body)["value"]["spec_ok"]
        assert not any(picture.done() for picture in pictures)
        draw.set()
        assert {status for status, _ in await asyncio.gather(*pictures)} == {HTTPStatus.OK}

    # in a thread of its own: a browser's tests that ran before in this process leave a loop running in the main one
    with ThreadPoolExecutor(1) as alone:
        alone.submit(asyncio.run, ask()).result()
    assert threads
    assert threading.current_thread().name not in threads
