"""The editor as a user finds it on a page: by roles, labels and what is written on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

AXE = Path(__file__).parents[2] / "widgets" / "node_modules" / "axe-core" / "axe.min.js"
SECONDS = 1000
LONG = 120 * SECONDS  # a kernel that imports torch on a loaded machine


class Editor:
    """One editor on a page; `root` is the element that it lives in."""

    def __init__(self, page: Page, root: Locator | None = None) -> None:
        self.page = page
        self.root = (root or page.locator(".lm-mod-current, body")).locator(".archlab").last

    def drawn(self) -> Editor:
        """Wait until the lattice stands."""
        expect(self.root.locator('[data-type="node"]').first).to_be_visible()
        return self.settled()

    def ready(self) -> Editor:
        """Wait until the lattice stands with its numbers."""
        self.drawn()
        expect(self.figure("Parameters")).not_to_have_text("–")
        return self

    def block(self, id: str) -> Locator:
        """A node of the lattice."""
        return self.root.locator(f'[data-type="node"][data-id="{id}"]')

    def link(self, id: str) -> Locator:
        """A link of the lattice."""
        return self.root.locator(f'[data-type="link"][data-id="{id}"]')

    def select(self, id: str) -> Editor:
        """Click a block."""
        self.block(id).click()
        expect(self.block(id)).to_have_attribute("aria-selected", "true")
        return self

    def cells(self, id: str) -> Locator:
        """The text field of a block that is selected."""
        return self.root.get_by_label(f"Cells of {id}", exact=True)

    def figure(self, name: str) -> Locator:
        """A total below the lattice."""
        return self.root.locator(
            ".al-totals div", has=self.page.locator("dt", has_text=re.compile(f"^{name}$"))
        ).locator("dd")

    def number(self, name: str) -> str:
        """A total as it is written, without the difference of the last edit."""
        figure = self.figure(name)
        return str(figure.evaluate("dd => dd.firstChild.textContent")).strip()

    def changed(self, name: str, before: str) -> str:
        """Wait until a total is another one, and return it."""
        expect(self.figure(name)).not_to_have_text(re.compile(f"^{re.escape(before)}$"))
        self.settled()
        return self.number(name)

    def settled(self) -> Editor:
        """Wait until the numbers belong to the document as it stands."""
        expect(self.root.locator(".al-totals[data-stale]")).to_have_count(0)
        return self

    def tool(self, name: str) -> Locator:
        """A button of the tool bar."""
        return self.root.get_by_role("toolbar", name="Editor").get_by_role("button", name=name, exact=True)

    def button(self, name: str) -> Locator:
        """Any button of the editor."""
        return self.root.get_by_role("button", name=name, exact=True)

    def tab(self, panel: str) -> Editor:
        """Turn to a side panel: inspect, problems, outline, profile or train."""
        self.root.locator(f'[role="tab"][data-tab="{panel}"]').click()
        return self

    def field(self, label: str) -> Locator:
        """An input of the side panel."""
        return self.root.get_by_label(label, exact=True)

    def kernel(self, state: str, timeout: float = LONG) -> None:
        """Wait for a state of the kernel."""
        expect(self.root.locator(f'.al-kernel[data-state="{state}"]')).to_be_visible(timeout=timeout)

    def train(self, steps: int = 100_000, batch: int = 8) -> None:
        """Start a training and wait until its curve is there."""
        self.tab("train")
        self.field("Steps").fill(str(steps))
        self.field("Batch").fill(str(batch))
        self.root.get_by_role("button", name=re.compile("^Train( again)?$")).click()
        expect(self.curve("Loss")).to_be_visible(timeout=LONG)

    def curve(self, title: str) -> Locator:
        """The line of a chart."""
        chart = self.root.locator(
            "figure.al-chart", has=self.page.locator("figcaption", has_text=re.compile(f"^{title}"))
        )
        return chart.locator("path.al-chart-line").first

    def painted_pixels(self) -> int:
        """How many pixels of feature maps are on the canvas."""
        program = """canvas => {
            if (!canvas.width) return 0;
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let painted = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i]) painted += 1;
            return painted;
        }"""
        return int(self.root.locator("canvas.al-features").evaluate(program))

    def violations(self) -> list[str]:
        """What axe-core has to say against the editor."""
        self.page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.root.evaluate("root => axe.run(root, { resultTypes: ['violations'] })")
        return [f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}" for one in found["violations"]]


def in_lab(page: Page, address: str) -> Editor:
    """Open an address of JupyterLab on which a document is shown."""
    page.goto(address)
    expect(page.locator(".archlab")).to_be_visible()
    return Editor(page)


def saved(file: Path) -> dict[str, Any]:
    """The document in a file."""
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def wait_until_saved(page: Page) -> None:
    """Wait until JupyterLab counts the current document as saved."""
    expect(page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty")).to_have_count(0)
