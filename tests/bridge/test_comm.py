"""The comm targets inside a real kernel."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from archlab.document.spec import Spec

OPEN = "import archlab.bridge.comm as _archlab_comm; _archlab_comm.open_target(); del _archlab_comm"


class Page:
    """What the editor's page does: two comms of one link, control over a subshell."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.messages: list[dict[str, Any]] = []
        self.buffers: list[int] = []
        self.ids = {target: uuid.uuid4().hex for target in ("archlab", "archlab.ctl")}
        self.shells = {target: self._subshell() for target in self.ids}
        link = uuid.uuid4().hex
        for target, comm in self.ids.items():
            self._shell("comm_open", {"comm_id": comm, "target_name": target, "data": {"link": link}}, target)

    def send(self, target: str = "archlab", **data: Any) -> None:
        self._shell("comm_msg", {"comm_id": self.ids[target], "data": data}, target)

    def until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Read what the kernel publishes until something is there; acknowledges frames."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.messages[-3:]
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except Exception:  # queue.Empty of the client's own making
                continue
            if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == self.ids["archlab"]:
                data = message["content"]["data"]
                self.messages.append(data)
                self.buffers.append(len(message["buffers"]))
                if data["type"] == "frame":
                    self.send("archlab.ctl", op="ack", id=0, job=data["job"], request=data["id"], number=data["number"])
            assert message["content"].get("comm_id") != self.ids["archlab.ctl"], "the kernel spoke on the control comm"

    def events(self, kind: str) -> list[dict[str, Any]]:
        frames = [message for message in self.messages if message["type"] == "frame"]
        return [event for frame in frames for event in frame["events"] if event["type"] == kind]

    def _subshell(self) -> str | None:
        message = self.client.session.msg("create_subshell_request", {})
        self.client.control_channel.send(message)
        reply = self.client.get_control_msg(timeout=30)
        return reply["content"].get("subshell_id")

    def _shell(self, kind: str, content: dict[str, Any], target: str) -> None:
        message = self.client.session.msg(kind, content)
        message["header"]["subshell_id"] = self.shells[target]
        self.client.shell_channel.send(message)


@pytest.fixture(scope="module")
def client() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def page(client: BlockingKernelClient) -> Page:
    reply = client.execute_interactive(OPEN, silent=True, timeout=60)
    assert reply["content"]["status"] == "ok", reply
    return Page(client)


def test_a_question_is_answered_while_a_cell_runs(client: BlockingKernelClient, page: Page, small: Spec) -> None:
    busy = client.execute("import time; time.sleep(4); done = time.time()")
    page.send(op="check", id=1, rev=1, spec=small.to_dict())
    page.until(lambda: any(message["id"] == 1 for message in page.messages))
    assert page.messages[-1]["value"]["spec_ok"]
    assert not _over(client, busy)


def test_it_trains_and_stops_while_a_cell_runs(client: BlockingKernelClient, page: Page, small: Spec) -> None:
    page.send(op="train", id=2, spec=small.to_dict(), steps=1_000_000, batch_size=4)
    page.until(lambda: bool(page.events("captured")))
    frame = next(i for i, one in enumerate(page.messages) if "captured" in str(one.get("events")))
    assert page.buffers[frame] > 0
    reply = client.execute_interactive("answer = 6 * 7", timeout=30, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok"
    busy = client.execute("time.sleep(6)")
    page.send("archlab.ctl", op="control", id=3, job=page.events("job")[-1]["job"], action="stop")
    page.until(lambda: any(message["type"] == "done" for message in page.messages))
    assert page.events("stopped")
    assert any(message["id"] == 3 and message["type"] == "reply" for message in page.messages)
    assert not _over(client, busy)


def test_a_cell_that_registers_a_part_is_announced(client: BlockingKernelClient, page: Page) -> None:
    code = """
import archlab as al
@al.register
class Same(al.Cell, frozen=True, kw_only=True):
    "Does nothing."
    codes = {"Zz": {}}
    family = "test"
"""
    reply = client.execute_interactive(code, timeout=30, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply
    # The announcement went out while the reply was awaited; ask for the catalog that it announces.
    page.send(op="catalog", id=20)
    page.until(lambda: any(message["id"] == 20 for message in page.messages))
    assert "Zz" in {cell["code"] for cell in page.messages[-1]["value"]["cells"]}


def _over(client: BlockingKernelClient, request: str) -> bool:
    try:
        return client.get_shell_msg(timeout=0.05)["parent_header"].get("msg_id") == request
    except Exception:  # queue.Empty of the client's own making
        return False
