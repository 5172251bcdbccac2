"""timm's names of Swin: patch merging belongs to the stage behind it, and the scores have a module of their own."""

from __future__ import annotations

from archlab.checkpoints.names.swin import BODY, DEAD, MERGING
from archlab.checkpoints.naming import NameMap, Rule, within

MAP = NameMap(
    origins=("timm",),
    layouts=("pyramid",),
    head=("norm.", "head."),
    heads=("classify",),
    dead=DEAD,
    rules=(
        *BODY,
        *within("link_stage{before}_stage{stage}", "layers.{stage}.downsample", MERGING),
        Rule("head.linear", "head.fc"),
    ),
)
