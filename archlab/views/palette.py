"""Colours by role, light and dark. Text on its background has a contrast of at least 4.5 : 1 in both."""

from __future__ import annotations

import zlib
from typing import Literal

Theme = Literal["light", "dark", "auto"]
RAMP = 8  # steps of the overlay's scale, 0 = nothing

_HUES = {  # name -> light fill, light text, dark fill, dark text
    "blue": ("#dbe8fb", "#1c4480", "#1f3a63", "#c3dafb"),
    "green": ("#d8f0dd", "#1a5a2f", "#1e4a2c", "#bfeccb"),
    "orange": ("#fce5cf", "#7a3c06", "#5a3413", "#fbd5ae"),
    "violet": ("#e9e0fa", "#4d2b91", "#41306b", "#dccdfb"),
    "teal": ("#d3eff0", "#0d5357", "#144a4d", "#b5ebee"),
    "rose": ("#fbdde6", "#86193f", "#5f2138", "#fcc8d7"),
    "olive": ("#ecedcb", "#50520d", "#45471a", "#e4e7ac"),
    "grey": ("#e6e8ec", "#3d4451", "#3a404b", "#d5dae3"),
}
_FAMILIES = {"attention": "blue", "convolution": "green", "feed-forward": "orange", "recurrent": "violet"}

_ROLES = {  # role -> light, dark
    "paper": ("#ffffff", "#14171c"),
    "band": ("#f6f7f9", "#1a1e24"),
    "surface": ("#ffffff", "#232830"),
    "fusion": ("#f0eaf9", "#2d2740"),
    "edge": ("#737d8c", "#8b95a5"),
    "ink": ("#16191d", "#edf0f4"),
    "soft": ("#515a67", "#aeb7c4"),
    "same": ("#5d6673", "#a3adba"),
    "down": ("#1d5fae", "#7ab5ff"),
    "up": ("#a8480b", "#ffb077"),
    "gate": ("#7b2fa3", "#d9a0f5"),
    "off": ("#a3abb6", "#5d6672"),
    "error": ("#b3161b", "#ff8d8a"),
    "warning": ("#8a5a00", "#f2c14e"),
}
_RAMP_ENDS = {"light": ("#ffffff", "#7fb2ee"), "dark": ("#232830", "#2d66ad")}


def hue(family: str) -> str:
    """Colour name of a cell family. A family of a plugin gets one that depends on its name only, so that it stays."""
    known = _FAMILIES.get(family)
    if known:
        return known
    rest = [h for h in _HUES if h not in _FAMILIES.values()]
    return rest[zlib.crc32(family.encode()) % len(rest)]


def colours(theme: Literal["light", "dark"]) -> dict[str, str]:
    """Every role's colour: the roles above, `chip-<hue>`, `code-<hue>` and `ramp-0` to `ramp-8`."""
    dark = theme == "dark"
    found = {role: pair[dark] for role, pair in _ROLES.items()}
    for name, (light, light_text, deep, deep_text) in _HUES.items():
        found[f"chip-{name}"] = deep if dark else light
        found[f"code-{name}"] = deep_text if dark else light_text
    low, high = _RAMP_ENDS[theme]
    for step in range(RAMP + 1):
        found[f"ramp-{step}"] = _mix(low, high, step / RAMP)
    return found


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _mix(low: str, high: str, share: float) -> str:
    pairs = zip(_channels(low), _channels(high), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
