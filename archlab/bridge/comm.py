"""Kernel comms: `archlab` carries requests, replies and frames, `archlab.ctl` steers jobs.

The second comm exists because ipykernel (7.0 and later) routes messages of a comm to the shell that last *sent* on it
(`ipykernel.comm.comm.BaseComm._reply_subshell_for`): one on which the kernel never sends stays with the subshell that
opened it, so "stop" arrives while a cell runs.
"""

from __future__ import annotations

from typing import Any

import comm as comms
import msgspec

from archlab.bridge.announcing import announce_to
from archlab.bridge.messages import COMM_TARGET, CONTROL_TARGET
from archlab.bridge.peer import Peer
from archlab.bridge.runner import Runner

_runner = Runner()
_peers: dict[str, Peer] = {}


def open_target() -> None:
    """Make this kernel answer editors; called by the editor's page when it connects."""
    manager = comms.get_comm_manager()
    manager.register_target(COMM_TARGET, _open)
    manager.register_target(CONTROL_TARGET, _open_control)


def runner() -> Runner:
    """The jobs of this kernel, whichever editor started them."""
    return _runner


def _open(comm: Any, message: dict[str, Any]) -> None:
    def send(answer: msgspec.Struct, buffers: list[bytes]) -> None:
        comm.send(data=msgspec.to_builtins(answer), buffers=buffers)

    peer = Peer(send, _runner)
    link = _link(message)
    _peers[link] = peer
    announce_to(peer)

    def closed(_: Any) -> None:
        _peers.pop(link, None)
        peer.close()

    comm.on_msg(lambda message: peer.receive(message["content"]["data"]))
    comm.on_close(closed)


def _open_control(comm: Any, message: dict[str, Any]) -> None:
    link = _link(message)

    def receive(message: dict[str, Any]) -> None:
        peer = _peers.get(link)
        if peer is not None:
            peer.receive(message["content"]["data"])

    comm.on_msg(receive)


def _link(message: dict[str, Any]) -> str:
    """The word by which the two comms of one editor belong together."""
    return str(message["content"].get("data", {}).get("link", ""))
