"""Tells editors after each cell of a notebook when parts were registered in it."""

from __future__ import annotations

import weakref
from typing import Any

from IPython import get_ipython

from archlab.bridge.peer import Peer

_peers: weakref.WeakSet[Peer] = weakref.WeakSet()


def announce_to(peer: Peer) -> None:
    """Keep this editor informed for as long as it lives; nothing happens outside IPython."""
    _peers.add(peer)
    shell = get_ipython()
    if shell is not None and _after_cell not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _after_cell)


def _after_cell(result: Any) -> None:
    for peer in list(_peers):
        peer.report_new_parts()
