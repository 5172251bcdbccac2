"""Jupyter server extension: answers the editor's questions without a kernel, at `{base}/archlab/api/{op}`.

Torch-free. Each request is worked on in a thread, so that the server's own loop goes on.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from archlab.bridge import messages as m
from archlab.bridge.session import Session, failure
from archlab.text.numbers import exact

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

MAX_BODY = 16 << 20  # bytes; far above the limit of a document, so that a file over that is diagnosed, not refused
OPS = r"(catalog|templates|check|read|write|export)"


class ArchlabHandler(APIHandler):
    """POST a request without `op`; the answer is a `reply` or an `error` message."""

    auth_resource = "contents"

    def initialize(self, workers: Workers) -> None:
        """Receive what all handlers share."""
        self._workers = workers

    @web.authenticated
    @authorized
    async def post(self, op: str) -> None:
        """Answer one request."""
        body = self.request.body
        if len(body) > MAX_BODY:
            raise web.HTTPError(413, f"The request has {exact(len(body))} bytes; the limit is {exact(MAX_BODY)}.")
        status, answer = await self._workers.answer(op, body)
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(answer)


class Workers:
    """A session and the threads that it works in.

    The session is made in a thread at once: plugins are loaded while the server goes on starting, and the first
    document that is opened need not wait for them.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="archlab")
        # The picture of a large document takes seconds: pictures wait for each other, checks wait for none.
        self._exports = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archlab-export")
        self._session = self._threads.submit(Session)

    async def answer(self, op: str, body: bytes) -> tuple[int, bytes]:
        """HTTP status and body that answer a request's body."""
        threads = self._exports if op == "export" else self._threads
        return await asyncio.get_running_loop().run_in_executor(threads, self._encoded, op, body)

    def _encoded(self, op: str, body: bytes) -> tuple[int, bytes]:
        answer = self._answer(op, body)
        return 400 if isinstance(answer, m.Failure) else 200, msgspec.json.encode(answer)

    def _answer(self, op: str, body: bytes) -> m.Reply | m.Failure:
        try:
            request = m.convert({**_object(body), "op": op})
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            return failure(0, error)
        try:
            session = self._session.result()
        except Exception as error:
            return failure(request.id, error)
        return session.handle(request)


def _object(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body or b"{}", type=dict[str, Any])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "archlab.bridge.server"}]


def _load_jupyter_server_extension(app: ServerApp) -> None:
    workers = Workers()
    pattern = url_path_join(app.web_app.settings["base_url"], "archlab", "api", OPS)
    app.web_app.add_handlers(".*$", [(pattern, ArchlabHandler, {"workers": workers})])
