"""Pictures as SVG: one self-contained element, every text escaped, colours by class so that a theme is one sheet."""

from __future__ import annotations

from typing import Literal

from archlab.text.markup import escaped
from archlab.views.palette import Theme, colours
from archlab.views.shapes import Curve, Group, Picture, Polyline, Rect, Shape, Style, Text

SANS = "'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
MONO = "'SF Mono', Consolas, 'Liberation Mono', 'DejaVu Sans Mono', monospace"


def render(picture: Picture, theme: Theme = "light") -> str:
    """The SVG element; `auto` follows the reader's colour scheme, and is light in print."""
    width, height = _number(picture.width), _number(picture.height)
    body = "".join(_shape(s) for s in picture.items)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="archlab-{theme}" role="img" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{escaped(SANS)}">'
        f"<title>{escaped(picture.title)}</title><desc>{escaped(picture.description)}</desc>"
        f"<style>{_sheet(theme)}</style>{body}</svg>"
    )


def _sheet(theme: Theme) -> str:
    if theme != "auto":
        return _rules(theme, f".archlab-{theme}")
    dark = _rules("dark", ".archlab-auto")
    return _rules("light", ".archlab-auto") + f"@media screen and (prefers-color-scheme: dark){{{dark}}}"


def _rules(theme: Literal["light", "dark"], scope: str) -> str:
    return "".join(
        f"{scope} .f-{role}{{fill:{colour}}}{scope} .s-{role}{{stroke:{colour}}}"
        for role, colour in colours(theme).items()
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Rect():
            rounding = f' rx="{_number(shape.radius)}"' if shape.radius else ""
            place = f'x="{_number(shape.x)}" y="{_number(shape.y)}"'
            size = f'width="{_number(shape.width)}" height="{_number(shape.height)}"'
            return f"<rect {place} {size}{rounding}{_style(shape.style)}/>"
        case Curve():
            return f'<path d="{_path(shape)}"{_style(shape.style)}/>'
        case Polyline():
            points = " ".join(f"{_number(x)},{_number(y)}" for x, y in shape.points)
            return f'<{"polygon" if shape.closed else "polyline"} points="{points}"{_style(shape.style)}/>'
        case Text():
            return _line(shape)
        case Group():
            label = f' data-id="{escaped(shape.id)}"' if shape.id else ""
            title = f"<title>{escaped(shape.title)}</title>" if shape.title else ""
            return f"<g{label}>{title}{''.join(_shape(s) for s in shape.items)}</g>"


def _line(text: Text) -> str:
    look = f' font-size="{_number(text.size)}"'
    if text.anchor != "start":
        look += f' text-anchor="{text.anchor}"'
    if text.bold:
        look += ' font-weight="600"'
    if text.mono:
        look += f' font-family="{escaped(MONO)}"'
    place = f'x="{_number(text.x)}" y="{_number(text.y)}"'
    return f'<text {place} class="f-{text.fill}"{look}>{escaped(text.text)}</text>'


def _style(style: Style) -> str:
    classes = " ".join([f"f-{style.fill}"] * bool(style.fill) + [f"s-{style.stroke}"] * bool(style.stroke))
    parts = f' class="{classes}"' if classes else ""
    if not style.fill:
        parts += ' fill="none"'
    if style.stroke:
        parts += f' stroke-width="{_number(style.width)}"'
    if style.dash:
        parts += f' stroke-dasharray="{" ".join(_number(d) for d in style.dash)}"'
    return parts


def _path(curve: Curve) -> str:
    (x, y), *rest = curve.points
    pairs = [f"{_number(px)} {_number(py)}" for px, py in rest]
    return f"M{_number(x)} {_number(y)}" + "".join("C" + " ".join(pairs[i : i + 3]) for i in range(0, len(pairs), 3))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
