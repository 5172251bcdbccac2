from __future__ import annotations

import subprocess
import sys


def test_threads_that_ask_first_at_once_share_one_registry() -> None:
    """An editor that connects while a cell registers a part must see that part."""
    program = """
import threading
from archlab.parts import catalog
barrier, found = threading.Barrier(8), []
def ask():
    barrier.wait()
    found.append(catalog.default())
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == 8 and len({id(one) for one in found}) == 1, {id(one) for one in found}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
