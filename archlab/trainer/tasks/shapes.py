"""Segmentation of synthetic shapes at several scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from archlab.document.feature_map import FeatureMap
from archlab.trainer.task import SAME_SOURCE, Data, Task

if TYPE_CHECKING:
    import numpy as np

CLASSES = ("background", "disc", "square", "triangle")
RADII = (0.08, 0.16, 0.30)  # of the image's shorter side: small, middle, large
TRAIN, TEST = 512, 128
SMALLEST = 8  # pixels


class Shapes(Task):
    """Which shape is each pixel part of? Three shapes at three scales, on noise.

    Made by a seeded generator at the document's own size: no files, and every sample is the same on every machine.
    An image holds a large, a middle and a small object (later ones cover earlier ones) of random class and colour;
    class and size are independent. In a document with a depth axis the objects drift from frame to frame.
    """

    name: ClassVar[str] = "shapes"
    title: ClassVar[str] = "Synthetic shapes"
    source: ClassVar[str] = "made by archlab"
    kind: Literal["classify", "dense"] = "dense"

    def data(self, image: FeatureMap) -> Data:
        """512 scenes to train on and 128 held out."""
        from archlab.trainer.data import Generated

        if min(image.height, image.width) < SMALLEST:
            raise ValueError(
                f"The task shapes needs images of at least {SMALLEST}x{SMALLEST}, the document's input is {image}. "
                f'Give it a larger input, such as spec.with_input("{image.channels}x32x32").'
            )
        note = SAME_SOURCE
        if len(image.size) == 3:
            note = f"The objects drift over the {image.depth} frames. {note}"
        return Data(
            train=Generated(lambda i: scene(image, i), TRAIN),
            test=Generated(lambda i: scene(image, TRAIN + i), TEST),
            classes=CLASSES,
            note=note,
        )


def scene(image: FeatureMap, number: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Scene `number`: image `(C, [D,] H, W)` float32 and class map `([D,] H, W)` int64."""
    import numpy as np

    random = np.random.default_rng((20_240_607, number))
    depth, height, width = image.dhw
    pixels = random.normal(0.0, 0.15, (image.channels, depth, height, width)).astype(np.float32)
    target = np.zeros((depth, height, width), dtype=np.int64)
    rows, columns = np.mgrid[:height, :width]
    for share in reversed(RADII):
        radius = max(share * min(height, width) * random.uniform(0.8, 1.2), 2.0)
        kind = int(random.integers(1, len(CLASSES)))
        colour = random.uniform(0.5, 1.0, image.channels) * random.choice([-1.0, 1.0])
        y, x = random.uniform(0, height), random.uniform(0, width)
        angle, speed = random.uniform(0, 2 * np.pi), 0.3 * radius
        for frame in range(depth):
            y_now, x_now = y + frame * speed * np.sin(angle), x + frame * speed * np.cos(angle)
            inside = _inside(kind, (rows - y_now) / radius, (columns - x_now) / radius)
            pixels[:, frame, inside] += colour[:, None].astype(np.float32)
            target[frame][inside] = kind
    if len(image.size) == 2:
        return pixels[:, 0], target[0]
    return pixels, target


def _inside(kind: int, y: np.ndarray[Any, Any], x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which pixels of the plane, in units of the radius, belong to a disc (1), a square (2) or a triangle (3)."""
    import numpy as np

    if kind == 1:
        inside = y**2 + x**2 <= 1
    elif kind == 2:
        inside = np.maximum(abs(y), abs(x)) <= 0.85
    else:
        inside = (y <= 0.7) & (y >= 2 * abs(x) - 1.1)
    return np.asarray(inside)
