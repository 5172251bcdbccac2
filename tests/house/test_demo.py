"""`make demo` in small: one self-contained page about three trained or measured documents."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_writes_one_self_contained_page(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    command = [sys.executable, ROOT / "tools/demo.py", "--steps", "4", "--device", "cpu", "-o", page]
    done = subprocess.run([str(word) for word in command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accuracy" in done.stdout
    html = page.read_text(encoding="utf-8")
    assert all(name in html for name in ("hrnet-3", "unet-3", "soanet-3"))
    assert html.count("<svg") >= 4
    fetched = re.findall(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["'](?!data:)[^"']*""", html)
    assert not fetched, "the page would load something from elsewhere"
