"""Classification of handwritten digits."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar

from archlab.document.feature_map import FeatureMap
from archlab.trainer.task import SAME_SOURCE, Data, Task

if TYPE_CHECKING:
    import numpy as np

HELD_OUT = 0.2
SPLIT_SEED = 0  # one split for all seeds of a run, so that runs compare


class Digits(Task):
    """Which of ten digits is it? 1797 real handwritten digits, 20 % held out.

    The 8x8 images are resized (bilinear) to the document's H x W, scaled to -1..1, and repeated over its channels;
    a document with a depth axis gets the same image in every frame.
    """

    name: ClassVar[str] = "digits"
    title: ClassVar[str] = "Handwritten digits"
    source: ClassVar[str] = "scikit-learn load_digits (BSD-3-Clause): E. Alpaydin, C. Kaynak, UCI, 1998"

    def data(self, image: FeatureMap) -> Data:
        """1438 digits to train on and 359 held out, each class split alike."""
        from archlab.trainer.data import ResizedImages

        images, targets, held_out = _digits()
        note = SAME_SOURCE
        if len(image.size) == 3:
            note = f"Every one of the {image.depth} frames shows the same digit. {note}"
        return Data(
            train=ResizedImages(images[~held_out], targets[~held_out], image),
            test=ResizedImages(images[held_out], targets[held_out], image),
            classes=tuple(str(n) for n in range(10)),
            note=note,
        )


@functools.cache
def _digits() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Images (N, 8, 8) in -1..1, classes (N,), and whether each is held out; stratified by class."""
    import numpy as np
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = (bunch.images / 8 - 1).astype(np.float32)
    held_out = np.zeros(len(images), dtype=bool)
    random = np.random.default_rng(SPLIT_SEED)
    for digit in range(10):
        members = random.permutation(np.flatnonzero(bunch.target == digit))
        held_out[members[: round(HELD_OUT * len(members))]] = True
    return images, bunch.target.astype(np.int64), held_out
