"""What an operation looks at from one position of a map: what the pictures in the docs show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archlab.geometry.grouping import Grouping, Member
from archlab.geometry.triple import Triple


class Sight(NamedTuple):
    """What an operation looks at from one position of a map; positions are (d, h, w).

    Attributes:
        unit: what asks and is asked: "pixel", "patch", "window", "frame".
        own: the positions that ask as one, that of the question among them.
        seen: the positions that are looked at.
        masked: positions that would be, were they not kept apart: only a cyclic shift made them neighbours.
        windows: the window of every position that is cut, as a number; empty without windows.
        tokens: its token, likewise.
        shift: pixels that the windows are moved by.
    """

    unit: str
    own: frozenset[Triple]
    seen: frozenset[Triple]
    masked: frozenset[Triple] = frozenset()
    windows: Mapping[Triple, int] = {}
    tokens: Mapping[Triple, int] = {}
    shift: Triple = (0, 0, 0)


def sight(
    grouping: Grouping, size: Triple, at: Triple, *, unit: str, shift: Triple = (0, 0, 0), frame: int = 0
) -> Sight:
    """What attention over windows looks at from `at` on a map of (D, H, W) `size`, moved by `shift` before it is cut.

    What is padded is not told. `frame` is the depth of a map of one frame: it is added to every position.

    Raises:
        ValueError: as `Grouping.cut`.
    """
    covered = grouping.cut(size).size
    members: dict[Triple, Member] = {}
    for member in grouping.cut(size).members():
        d, h, w = ((i + s) % n for i, s, n in zip(member.position, shift, covered, strict=True))
        if d < size[0] and h < size[1] and w < size[2]:
            members[d + frame, h, w] = member
    asks = members[at[0] + frame, at[1], at[2]]
    edges = [n - s for n, s in zip(covered, shift, strict=True)]

    def wrapped(member: Member) -> list[bool]:
        return [i >= edge for i, edge in zip(member.position, edges, strict=True)]

    group = {p: m for p, m in members.items() if m.group == asks.group}
    seen = frozenset(p for p, m in group.items() if wrapped(m) == wrapped(asks))
    windows = {w: i for i, w in enumerate(dict.fromkeys(m.window for m in members.values()))}
    tokens = {t: i for i, t in enumerate(dict.fromkeys((m.group, m.token) for m in members.values()))}
    return Sight(
        unit=unit,
        own=frozenset(p for p, m in group.items() if m.token == asks.token),
        seen=seen,
        masked=frozenset(group) - seen,
        windows={p: windows[m.window] for p, m in members.items()},
        tokens={p: tokens[m.group, m.token] for p, m in members.items()},
        shift=shift,
    )
