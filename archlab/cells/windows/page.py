"""Texts of the pages of attention over windows."""

from __future__ import annotations

from typing import Literal, NamedTuple

from archlab.cells.residual.page import (
    Line,
    Page,
    columns,
    first_shapes,
    heading,
    last_shapes,
    letters,
    residual_lines,
    score_lines,
    shell_letters,
    shell_macs,
    shell_params,
    text_of,
)
from archlab.geometry.grouping import Among

Unit = Literal["patch", "window", "pixel"]


class _Cut(NamedTuple):
    """What the lines of an attention over windows differ by."""

    among: Among
    unit: Unit
    volumetric: bool

    @property
    def kernel(self) -> str:
        return "3x3x3" if self.volumetric else "3x3"

    @property
    def axes(self) -> str:
        """Letters of the axes that are cut: `HW`, or `DHW` of a volume."""
        return "DHW" if self.volumetric else "HW"

    @property
    def tokens(self) -> str:
        """Letter for the tokens of a group: m patches of a window, or n windows."""
        return "m" if self.among == "patches" else "n"

    @property
    def group(self) -> str:
        """Which tokens attend among themselves, in words."""
        whole = "volume" if self.volumetric else "frame"
        if self.among == "whole":
            return f"all windows of a {whole}"
        return f"the {self.unit}{'es' if self.unit == 'patch' else 's'} " + (
            "of a window" if self.among == "patches" else f"at one place of all windows of a {whole}"
        )

    @property
    def maps(self) -> str:
        """Maps that are cut in a sample."""
        return "" if self.volumetric else "D*"

    @property
    def groups(self) -> str:
        """Letter for the groups of a map."""
        return {"patches": "n", "windows": "m", "whole": "1"}[self.among]

    def over(self, text: str, join: str = "*") -> str:
        """The text for every axis that is cut, `#` standing for the axis."""
        return join.join(text.replace("#", axis) for axis in self.axes)

    @property
    def strided(self) -> str:
        """Pixels of queries or keys in letters: coarser by `stride_qk`."""
        lead = "" if self.volumetric else "D*"
        return lead + self.over("ceil(#/s_#)")


def window_page(*, among: Among, unit: Unit, volumetric: bool, shifts: bool, halves: bool) -> Page:
    """The texts of an attention over windows, by the words in which such a cell says how it cuts its maps."""
    cut = _Cut(among, unit, volumetric)
    return Page(
        text_of(_window_formula(cut, shifts, halves)),
        text_of(_window_shapes(cut)),
        text_of(_window_cost(cut)),
    )


def _window_formula(cut: _Cut, shifts: bool, halves: bool) -> list[Line]:
    halved = "; windows are halved first" if halves else ""
    lines = [
        (f"q, k, v = conv{cut.kernel}(N1(x))", "three of them; or linear layers on tokens (projection)"),
        (
            f"q_i, k_i, v_i = {cut.unit} i of a group",
            "a token: p*C_out numbers; h heads share them out",
        ),
        (f"group   = {cut.group}", f"{cut.tokens} tokens{halved}"),
    ]
    if shifts:
        lines.append(("shift   = roll by half a window", "Sh: before the windows are cut; o is rolled back"))
    seen = "of the group, neighbours before the roll" if shifts else "of the group"
    return [
        *lines,
        *score_lines(" + b(i - j)", seen),
        (f"A(x)    = conv{cut.kernel}(o)", "output_projection; else o"),
        *residual_lines('r x r convolutions; mixer "linear": layers on ' + _mixed(cut.unit)),
    ]


def _mixed(unit: Unit) -> str:
    return "patches" if unit == "patch" else "windows"


def _window_shapes(cut: _Cut) -> list[Line]:
    if cut.volumetric:
        asked, values, batch = f"(B, C_out, {cut.over('ceil(#/s_#)', ', ')})", "(B, C_out, D, H, W)", "B"
    else:
        asked, values, batch = f"(N, C_out, {cut.over('ceil(#/s_#)', ', ')})", "(N, C_out, H, W)", "N"
    groups = batch if cut.among == "whole" else f"{batch}*{cut.groups}"
    strided = cut.over("s_#")
    frames = "; without D where D = 1" if cut.volumetric else ""
    size, per_map = {"patch": ("p", "n*m"), "window": ("p", "n"), "pixel": ("m", "n")}[cut.unit]
    rows = f"{batch}*{per_map}"
    shapes = [
        *first_shapes(),
        ("attn.query", asked, 'projection "conv"; also attn.key'),
        ("attn.value", values, f'projection "conv"{frames}'),
        ("attn.query", f"({groups}, {cut.tokens}, p*C_out)", 'projection "linear"; key, value too'),
        ("q, k", f"({groups}, h, {cut.tokens}, p/({strided})*C_out/h)", "s: stride_qk; linear: s = 1"),
        ("v", f"({groups}, h, {cut.tokens}, p*C_out/h)", ""),
        ("weights", f"({groups}, h, {cut.tokens}, {cut.tokens})", "on a CPU never in memory as a whole"),
        ("attn.output_proj", values, "output_projection"),
        *last_shapes(f"({rows}, 1, floor(mixer_ratio*{size}*C_out))", f"({rows}, 1, {size}*C_out)"),
    ]
    return columns(shapes)


def _window_cost(cut: _Cut) -> list[Line]:
    if cut.volumetric:
        kernel: Line = ("k = 27 if D > 1 else 9", "weights of a kernel, 3x3x3 or 3x3")
    else:
        kernel = ("k = 9", "weights of a 3x3 kernel")
    size = {"patch": "p", "window": "p", "pixel": "m"}[cut.unit]
    rows = ("" if cut.volumetric else "D*") + cut.over(f"ceil(#/{size}_#)")
    axes = " = ".join(("p", cut.over("p_#")))
    patch = {
        "patch": f"windows n, patches of a window m, pixels of a patch p; {axes}",
        "window": f"windows n, pixels of a window p; {axes}",
        "pixel": f"windows n, pixels of a window m, p = 1; m = {cut.over('m_#')}",
    }[cut.unit]
    groups = cut.maps + cut.groups
    return [
        *letters(),
        ("", f"{patch}, as they are after padding"),
        ("S = D*H*W", "pixels of the map"),
        kernel,
        (f"T = {cut.tokens}", "tokens of a group"),
        (f"G = {groups.removesuffix('*1')}", "groups of a sample"),
        (f's = {cut.over("s_#")} if projection == "conv" else 1', "stride_qk: a query has p/s pixels"),
        (f"Q = {cut.strided}", "pixels of the queries, or of the keys"),
        *shell_letters(size),
        *heading("Parameters"),
        ("conv_qkv = 3*(k*C_in*C_out + C_out)", "query, key, value: with bias"),
        ("linear_qkv = 3*(p*C_in*p*C_out + p*C_out)", "with bias"),
        ('projections = conv_qkv if projection == "conv" else linear_qkv', ""),
        (f"table = [relative_position]*heads*{cut.over(f'(2*{cut.tokens}_# - 1)')}", "the position bias"),
        ("output = [output_projection]*(k*C_out*C_out + C_out)", f"{cut.kernel}, with bias"),
        *shell_params(size),
        ("params = projections + table + output + frame", ""),
        *heading("MACs"),
        ("conv_macs = k*C_in*C_out*(2*Q + S)", "query, key, value"),
        ("linear_macs = 3*G*T*p*C_in*p*C_out", ""),
        ('project_macs = conv_macs if projection == "conv" else linear_macs', ""),
        ("products = G*T*T*(p//s + p)*C_out", "T tokens with T: scores, and values"),
        ("output_macs = [output_projection]*k*C_out*C_out*S", ""),
        *shell_macs(size, rows),
        ("macs = project_macs + products + output_macs + frame_macs", ""),
    ]
