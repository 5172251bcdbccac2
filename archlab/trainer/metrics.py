"""Accuracy and intersection over union, from one confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Metric:
    """Gathers a confusion matrix over batches: rows are targets, columns predictions.

    `classify` gives `accuracy`; `dense` gives `iou`, the mean over the classes that occur, background included
    (Everingham et al., The PASCAL VOC challenge, IJCV 2015, section 4.4), and `iou_<class>` for each of these.
    """

    def __init__(self, kind: str, classes: Sequence[str], channels: int) -> None:
        self.headline = "accuracy" if kind == "classify" else "iou"
        self.classes = tuple(classes)
        self._channels = max(channels, len(self.classes))
        self._counts = torch.zeros(self._channels, self._channels, dtype=torch.int64)

    def update(self, output: Tensor, target: Tensor) -> None:
        """Count one batch: output `(B, K, ...)`, target `(B, ...)`; targets outside 0..K-1 are not counted."""
        predicted = output.detach().argmax(dim=1).flatten()
        target = target.detach().flatten()
        counted = (target >= 0) & (target < self._channels)
        cells = target[counted] * self._channels + predicted[counted]
        counts = torch.bincount(cells, minlength=self._channels**2)
        self._counts += counts.reshape(self._channels, self._channels).cpu()

    def result(self) -> dict[str, float]:
        """The metrics over all that was counted; empty when nothing was."""
        counts = self._counts.double()
        hits, total = counts.diagonal(), counts.sum()
        if total == 0:
            return {}
        if self.headline == "accuracy":
            return {"accuracy": float(hits.sum() / total)}
        union = counts.sum(dim=0) + counts.sum(dim=1) - hits
        per_class = {f"iou_{name}": float(hits[i] / union[i]) for i, name in enumerate(self.classes) if union[i] > 0}
        return {"iou": sum(per_class.values()) / max(len(per_class), 1), **per_class}
