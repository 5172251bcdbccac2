"""What a template is."""

from __future__ import annotations

import msgspec

from archlab.document.spec import Spec


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A document with the words that a picker shows.

    Attributes:
        name: what `archlab new` and `archlab.template` call it.
        title: its line in a picker.
        description: what it is for, and what it costs.
        group: its heading in a picker.
        source: the paper or file that it follows, empty for one of our own.
    """

    name: str
    title: str
    description: str
    group: str
    source: str = ""
    spec: Spec
