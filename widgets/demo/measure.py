"""Times the editor in headless Chromium on the page of `serve.py`: `python demo/measure.py http://127.0.0.1:8899/`.

First paint = from `mount()` until blocks with their numbers are painted; the answer of the server is in it.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

ROUNDS = 7
SPEC = {
    "format": "archlab/1",
    "name": "25 blocks",
    "input": {"channels": 3, "size": [128, 128]},
    "layout": {"type": "hrnet", "levels": 5, "channels": 16},
    "cells": "C2C2",
}
PAGES = {"25 blocks": f"spec={quote(json.dumps(SPEC))}", "400 blocks": "grid=20x20"}
WATCH = """
window.painted = () => new Promise((resolve) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => resolve(performance.now());
  channel.port2.postMessage(0);
}));
const look = async () => {
  const shown = [...document.querySelectorAll(".al-block-value")].some((e) => e.textContent);
  const [start] = performance.getEntriesByName("mount");
  if (!shown || !start) requestAnimationFrame(look);
  else window.firstPaint = (await window.painted()) - start.startTime;
};
requestAnimationFrame(look);
"""
EDIT = """async () => {
  const input = document.activeElement;
  const write = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  const times = [];
  for (let i = 0; i < 15; i++) {
    const start = performance.now();
    write.call(input, i % 2 ? "AaBb" : "Aa");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    times.push((await window.painted()) - start);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return times.slice(1);
}"""


def opened(browser: Browser, url: str, query: str) -> tuple[Page, float]:
    """A page of its own and its first paint in milliseconds."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.add_init_script(WATCH)
    page.goto(f"{url}?{query}")
    page.wait_for_function("() => window.firstPaint !== undefined")
    return page, page.evaluate("() => window.firstPaint")


def main(url: str) -> None:
    """Print median and worst of each figure."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        for name, query in PAGES.items():
            first = []
            for _ in range(ROUNDS):
                page, paint = opened(browser, url, query)
                first.append(paint)
                page.close()
            page, _ = opened(browser, url, query)
            nodes, links = (page.locator(f"[data-type={kind}]").count() for kind in ("node", "link"))
            page.locator('.al-block[data-kind="block"]').nth(3).click()
            page.keyboard.press("Enter")
            page.wait_for_function("() => document.activeElement?.closest('.al-celltext')")
            figures = {"first paint": first, "edit to paint": page.evaluate(EDIT)}
            page.close()
            texts = [f"{what} {statistics.median(t):.0f} ms (worst {max(t):.0f})" for what, t in figures.items()]
            sys.stdout.write(f"{name} ({nodes} nodes, {links} links): {', '.join(texts)}\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8899/")
