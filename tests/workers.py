"""Which tests run in one worker of pytest-xdist."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling


class ByFile(LoadScopeScheduling):
    """`--dist loadfile`, and all that drives a browser in one worker.

    What the fixtures and caches of a file hold is made once; and there is one JupyterLab and one Chromium, which leave
    a core to the unit tests.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file
