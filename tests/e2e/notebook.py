"""A notebook as a user finds it on a page: its cells are run by keyboard."""

from __future__ import annotations

import json
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from tests.e2e.servers import JupyterServer


def answer(asked: Locator) -> None:
    """JupyterLab asks about kernels of earlier tests, and on a slow machine which one to take."""
    kernels = asked.locator("select")
    if kernels.count():
        kernels.select_option(label="Python 3 (ipykernel)")
    asked.get_by_role("button").last.click()


class Notebook:
    """A notebook on a page."""

    def __init__(self, page: Page, server: JupyterServer, path: str, cells: Sequence[str]) -> None:
        self.page = page
        self.file = server.files / "work.ipynb"
        empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        cells = [{**empty, "id": f"cell-{i}", "source": text} for i, text in enumerate(cells)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        self.file.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}))
        page.add_locator_handler(page.locator(".jp-Dialog"), answer)
        page.goto(server.address(path))
        expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()

    def cell(self, index: int) -> Locator:
        """A code cell."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(index)

    def run(self, index: int) -> Locator:
        """Run a cell; returns its output area."""
        prompt = self.cell(index).locator(".jp-InputPrompt")
        for _ in range(30):  # the page drops what is run before its kernel is there
            self.cell(index).locator(".cm-content").click()
            self.page.keyboard.press("Shift+Enter")
            self.page.wait_for_timeout(500)
            if prompt.inner_text().strip() != "[ ]:":
                break
        return self.cell(index).locator(".jp-OutputArea").last
