"""A page per code: words, picture, formula, shapes, cost, options, source; all from the cell itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import fields

from archlab.document.feature_map import FeatureMap
from archlab.estimator import count
from archlab.parts import catalog
from archlab.parts.cell import Cell
from archlab.testing.samples import trials
from archlab.testing.steps import steps
from archlab.text.numbers import exact
from archlab.views.attention_picture import SAMPLE_MAP, SAMPLE_OPTIONS, code_picture
from archlab.views.palette import colours

NOTE = "<!-- Made by tools/reference.py from the cell itself; edit that, not this page. -->\n"
MAPS = (FeatureMap(channels=32, size=(64, 64)), FeatureMap(channels=32, size=(16, 64, 64)))
BATCH = 2  # of shapes in numbers, so that the batch axis is seen
LETTERS = (
    "B batch, C channels, D depth (time or frames), H height, W width, N = B\\*D frames; n windows, m patches of a "
    "window (pixels, where a token is a pixel), p pixels of a token, h heads."
)


def files() -> dict[str, str]:
    """Every file by its path under `docs`: pages, pictures, icons, and the index of the codes."""
    content = catalog.export(catalog.default()).to_dict()
    made: dict[str, str] = {"cells/README.md": _index(content["cells"])}
    for entry in content["cells"]:
        code = entry["code"]
        cls, preset = catalog.default().codes[code]
        picture = code_picture(cls, preset)
        made[f"img/cells/{code}-icon.svg"] = _icon(entry["icon"], code)
        if picture:
            made[f"img/cells/{code}.svg"] = picture + "\n"
        made[f"cells/{code}.md"] = _page(entry, cls, preset, content, bool(picture))
    return made


def listed(index: str) -> str:
    """The index of all docs, with a link to every code's page in the line that begins with `Codes:`."""
    links = " ".join(f"[{code}](cells/{code}.md)" for code in sorted(catalog.default().codes))
    return re.sub(r"^Codes: .*$", f"Codes: {links}", index, flags=re.MULTILINE)


def _index(entries: list[dict[str, Any]]) -> str:
    rows = [
        f"| ![](../img/cells/{e['code']}-icon.svg) | [{e['code']}]({e['code']}.md) | {e['family']} | "
        f"{fields.cell(e['title'])}{_short(e['preset'])} |"
        for e in entries
    ]
    return "\n".join(
        [NOTE, "# Codes", "", "The words of a cell string.", "", "| | code | group | |", "|---|---|---|---|", *rows, ""]
    )


def _short(preset: Mapping[str, Any]) -> str:
    return f" ({fields.fixed(preset)})" if preset else ""


def _page(
    entry: dict[str, Any], cls: type[Cell], preset: Mapping[str, Any], content: dict[str, Any], picture: bool
) -> str:
    code = entry["code"]
    lines = [NOTE, f"# {code} ![](../img/cells/{code}-icon.svg)", "", entry["doc"], ""]
    if preset:
        lines += [f"The word fixes {fields.fixed(preset)}.", ""]
    others = [word for word in cls.codes if word != code]
    if others:
        lines += ["The same cell in other words: " + ", ".join(f"[{word}]({word}.md)" for word in others) + ".", ""]
    lines += _originals(cls, code)
    if picture:
        lines += ["## Who looks at whom", "", f"![{entry['title']}](../img/cells/{code}.svg)", "", _caption(cls), ""]
    if cls.formula:
        lines += ["## Formula", "", *_block(cls.formula)]
    lines += ["## Shapes", "", *_shapes(cls, code), "## Cost", ""]
    if cls.cost_formula:
        lines += _block(cls.cost_formula)
    lines += [*_examples(cls, preset), "", "## Options", "", *_options(entry, cls, preset, content), ""]
    if cls.source:
        lines += ["## Source", "", f"{cls.source}.", ""]
    return "\n".join(lines)


def _block(text: str) -> list[str]:
    return ["```text", text, "```", ""]


def _shapes(cls: type[Cell], code: str) -> list[str]:
    """The tensors on the way in letters, as the cell says them, or in numbers, as its modules make them."""
    if cls.shapes:
        return [LETTERS, "", *_block(cls.shapes)]
    trial = next(trial for trial in trials(cls, code) if trial.admitted)
    told = [("x", trial.x.shape(BATCH)), *steps(trial, BATCH), ("z", *trial.shapes(BATCH))]
    width = max(len(name) for name, _ in told)
    text = "\n".join(f"{name:<{width}}  {shape}" for name, shape in told)
    return [f"What its modules make of {BATCH} samples, {trial.where}:", "", *_block(text)]


def _caption(cls: type[Cell]) -> str:
    """What the picture is drawn with."""
    given = {k: list(v) if isinstance(v, tuple) else v for k, v in SAMPLE_OPTIONS.items() if k in cls.__struct_fields__}
    asked = " with " + ", ".join(f"{k} {v}" for k, v in given.items() if k != "heads") if len(given) > 1 else ""
    size = "x".join(map(str, SAMPLE_MAP.size))
    return f"On a map of {size} (D, H, W){asked}; drawn by the code that cuts the maps of the module."


def _originals(cls: type[Cell], code: str) -> list[str]:
    told = [
        f'With `compat: "{name}"` it is built as [{words[code]}]({words[code]}.md), as the original does.'
        for name, words in cls.built_as.items()
        if code in words
    ]
    return [*told, ""] if told else []


def _examples(cls: type[Cell], preset: Mapping[str, Any]) -> Iterator[str]:
    """What it costs with its defaults, on a frame and on a stack of frames."""
    cell = cls(**preset)
    admitted = [x for x in MAPS if not any(p.severity == "error" for p in cell.problems(x, x.channels))]
    said = {x: cell.cost(x, x.channels) for x in admitted}
    measured = "" if all(said.values()) else ", measured by one run of its module on torch's meta device"
    yield f"With its defaults, for one sample{measured}:"
    yield ""
    yield "| map | to channels | parameters | MACs |"
    yield "|---|---:|---:|---:|"
    for x, closed_form in said.items():
        cost = closed_form or count(lambda x=x: cell.build(x, x.channels), [x])
        yield f"| {x} | {x.channels} | {exact(cost.params)} | {exact(cost.macs)} |"


def _options(
    entry: dict[str, Any], cls: type[Cell], preset: Mapping[str, Any], content: dict[str, Any]
) -> Iterator[str]:
    """Fields with an effect; those that the word leaves idle; those of other cells."""
    idle = {k: why for k, why in cls(**preset).inert().items() if k not in cls().inert() and k not in preset}
    shown = {k: f for k, f in entry["schema"]["properties"].items() if k not in idle}
    yield from fields.table(shown)
    for why in dict.fromkeys(idle.values()):
        names = ", ".join(f"`{k}`" for k, reason in idle.items() if reason == why)
        yield f"\nWithout effect in {entry['code']}, since {why}: {names}."
    if preset:
        yield f"\nFixed by the word, refused on the cell: {', '.join(f'`{k}`' for k in preset)}."
    cells = {k for other in content["cells"] for k in other["schema"]["properties"]}
    lacking = sorted(cells - set(cls.__struct_fields__))
    if lacking:
        yield f"\nOptions of other cells, refused on this one: {', '.join(f'`{k}`' for k in lacking)}."
    yield "\nWhat a map does not admit is refused, with the nearest that it does: see [Diagnostics](../errors.md)."


def _icon(path: str, code: str) -> str:
    """The icon as a file that follows the reader's colour scheme."""
    light, dark = colours("light")["ink"], colours("dark")["ink"]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16"><title>{code}</title>'
        f"<style>path{{fill:none;stroke:{light};stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}}"
        f"@media (prefers-color-scheme:dark){{path{{stroke:{dark}}}}}</style>"
        f'<path d="{path}"/></svg>\n'
    )
