"""Files that a page takes for granted, in the folder in which its Python and its commands run."""

from __future__ import annotations

import re
from pathlib import Path

import torch

import archlab as al
from tests.checkpoints.published import under_names_of
from tests.importers.states import state_of


def prepare(page: Path, folder: Path) -> None:
    """Python with a title as the file of that name; the page's own YAML as `config.yaml`; and trained weights.

    `trained.pth` is what SNRAware would have saved for that configuration, `small.pth` what timm would have.
    """
    for title, text in re.findall(r"^```python title=(\S+)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE):
        (folder / title).parent.mkdir(parents=True, exist_ok=True)
        (folder / title).write_text(text)
    if page.stem == "timm":
        torch.save(under_names_of("timm", al.load_timm("hrnet_w18_small").spec), folder / "small.pth")
    config = re.search(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    if page.stem != "snraware" or config is None:
        return
    (folder / "config.yaml").write_text(config[1])
    state = state_of(al.build(al.load_snraware(folder / "config.yaml", "2x4x32x32", compat="snraware").spec))
    tables = [name for name in state if name.endswith("relative_position_bias_table")]
    dead = {name.replace("bias_table", "index"): torch.zeros(4, 4, dtype=torch.int64) for name in tables}
    torch.save(
        {"state_dict": {f"module.{name}": tensor for name, tensor in (state | dead).items()}}, folder / "trained.pth"
    )
