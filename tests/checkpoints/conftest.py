"""A small document, built in milliseconds."""

from __future__ import annotations

import pytest

from archlab import hrnet
from archlab.document.spec import Spec


@pytest.fixture(scope="session")
def spec() -> Spec:
    """HRNet of two levels for 8x8 images, without a head."""
    return hrnet(levels=2, channels=4, cells="C2", input="1x8x8")
