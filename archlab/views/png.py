"""Pictures as PNG, painted with matplotlib from the same shapes as the SVG."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

from archlab.text.markup import printable
from archlab.views.palette import Theme, colours
from archlab.views.shapes import Curve, Group, Picture, Polyline, Rect, Shape, Style, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path as MplPath

_ALIGN = {"start": "left", "middle": "center", "end": "right"}


def render(picture: Picture, theme: Theme = "light", scale: float = 2.0) -> bytes:
    """PNG file content, `scale` pixels per px; a PNG cannot follow its reader's theme, so `auto` is light."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # A Figure of its own, not pyplot's: no global state, no display, nothing to close.
    figure = Figure(figsize=(picture.width / 72, picture.height / 72), dpi=72 * scale)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, picture.width)
    axes.set_ylim(picture.height, 0)
    axes.set_axis_off()
    painter = _Painter(axes, colours("dark" if theme == "dark" else "light"))
    for shape in picture.items:
        painter.paint(shape)
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", metadata={"Title": picture.title.encode("latin-1", "replace").decode("latin-1")}
    )
    return buffer.getvalue()


@functools.cache
def _family(mono: bool) -> list[str]:
    """Fonts of that kind that are there: of each that is not, matplotlib complains at every text. DejaVu is its own."""
    from matplotlib.font_manager import get_font_names

    wanted = ("Liberation Mono", "DejaVu Sans Mono") if mono else ("Liberation Sans", "DejaVu Sans")
    return [name for name in wanted if name in get_font_names()]


def _rounded(rect: Rect) -> MplPath:
    """Outline with circular corners; matplotlib's own rounded box is not round where the radius is half the height."""
    from matplotlib.path import Path

    r = min(rect.radius, rect.width / 2, rect.height / 2)
    k = r * (1 - 0.5523)  # control points of a quarter circle
    left, top, right, bottom = rect.x, rect.y, rect.x + rect.width, rect.y + rect.height
    points = [(left + r, top), (right - r, top), (right - k, top), (right, top + k), (right, top + r)]
    points += [(right, bottom - r), (right, bottom - k), (right - k, bottom), (right - r, bottom)]
    points += [(left + r, bottom), (left + k, bottom), (left, bottom - k), (left, bottom - r)]
    points += [(left, top + r), (left, top + k), (left + k, top), (left + r, top), (left + r, top)]
    corner = [Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    return Path(points, [Path.MOVETO, *corner * 4, Path.CLOSEPOLY])


class _Painter:
    """Puts shapes on matplotlib axes in the order in which they come."""

    def __init__(self, axes: Axes, palette: dict[str, str]) -> None:
        self.axes, self.palette, self.order = axes, palette, 1

    def paint(self, shape: Shape) -> None:
        """Put one shape above those before."""
        from matplotlib.patches import PathPatch
        from matplotlib.patches import Polygon as Outline
        from matplotlib.path import Path

        self.order += 1
        match shape:
            case Group():
                for item in shape.items:
                    self.paint(item)
            case Rect():
                self.axes.add_patch(PathPatch(_rounded(shape), **self._look(shape.style)))
            case Polyline():
                outline = Outline(shape.points, closed=shape.closed, **self._look(shape.style))
                self.axes.add_patch(outline)
            case Curve():
                codes = [Path.MOVETO] + [Path.CURVE4] * (len(shape.points) - 1)
                self.axes.add_patch(PathPatch(Path(shape.points, codes), **self._look(shape.style)))
            case Text():
                self._write(shape)

    def _write(self, text: Text) -> None:
        self.axes.text(
            text.x,
            text.y,
            printable(text.text).replace("$", r"\$"),
            fontsize=text.size,
            color=self.palette[text.fill],
            ha=_ALIGN[text.anchor],
            va="baseline",
            weight="bold" if text.bold else "normal",
            family=_family(text.mono),
            zorder=self.order,
        )

    def _look(self, style: Style) -> dict[str, Any]:
        return {
            "facecolor": self.palette[style.fill] if style.fill else "none",
            "edgecolor": self.palette[style.stroke] if style.stroke else "none",
            "linewidth": style.width if style.stroke else 0,
            "linestyle": (0, style.dash) if style.dash else "solid",
            "capstyle": "butt",
            "zorder": self.order,
        }
