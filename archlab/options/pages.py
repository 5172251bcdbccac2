"""What the pages of cells say in letters: formulas, shapes and costs, put together from what cells share.

The letters are those of `archlab.nn`; cost lines are arithmetic, one assignment a line, where `[condition]` is 1 if the
condition holds and 0 if not. Tests evaluate shapes and costs against the modules and the closed forms.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from archlab.grouping import Among
from archlab.part import Cell

Unit = Literal["patch", "window", "pixel"]
Line = tuple[str, str]  # a line, and what there is to say of it
COLUMN = 46  # letters of a line, at most, that what is said of the others keeps clear of


class Page(NamedTuple):
    """The texts of a cell's page."""

    formula: str
    shapes: str
    cost: str

    def fill(self, cls: type[Cell]) -> None:
        """Give a class the texts that it does not bring along itself."""
        for name, text in zip(("formula", "shapes", "cost_formula"), self, strict=True):
            if name not in vars(cls):
                setattr(cls, name, text)


def window_page(*, among: Among, unit: Unit, volumetric: bool, pointwise: bool, shifts: bool, halves: bool) -> Page:
    """The texts of an attention over windows, by the words in which such a cell says how it cuts its maps."""
    cut = _Cut(among, unit, volumetric, "1x1" if pointwise else "3x3x3" if volumetric else "3x3")
    return Page(
        _lines(_window_formula(cut, shifts, halves)),
        _lines(_window_shapes(cut)),
        _lines(_window_cost(cut, pointwise)),
    )


def temporal_page() -> Page:
    """The texts of attention along D."""
    formula = [
        ("q, k, v = conv3x3(N1(x))", "three convolutions, frame by frame"),
        ("q_i, k_i, v_i = frame i of a sample", "a token: C_out*H*W numbers; h heads share them out"),
        *_scores("", "of a sample; causal: j <= i"),
        ("A(x)    = conv3x3(o)", "output_projection; else o"),
        *_residual("r x r convolutions, r = mixer_kernel"),
    ]
    strided = "ceil(H/s_H), ceil(W/s_W)"
    shapes = [
        *_first_shapes(),
        ("attn.query", f"(N, C_out, {strided})", "s: stride_qk; also attn.key"),
        ("attn.value", "(N, C_out, H, W)", ""),
        ("q, k", f"(B, h, D, C_out*{strided.replace(', ', '*')}/h)", "D tokens, h heads"),
        ("v", "(B, h, D, C_out*H*W/h)", ""),
        ("weights", "(B, h, D, D)", "on a CPU never in memory as a whole"),
        ("attn.output_proj", "(N, C_out, H, W)", "output_projection"),
        *_last_shapes(),
    ]
    cost = [
        *_letters(),
        ("S = D*H*W", "pixels of the map"),
        ("Q = D*ceil(H/s_H)*ceil(W/s_W)", "pixels of the queries, or of the keys; s: stride_qk"),
        *_frame_letters(),
        *_part("Parameters"),
        ("projections = 3*(9*C_in*C_out + C_out)", "query, key, value: 3x3, with bias"),
        ("output = [output_projection]*(9*C_out*C_out + C_out)", "3x3, with bias"),
        *_frame_params(),
        ("params = projections + output + frame", ""),
        *_part("MACs"),
        ("project_macs = 9*C_in*C_out*(2*Q + S)", "query, key, value"),
        ("products = D*C_out*(Q + S)", "each frame with D frames: scores, and values"),
        ("output_macs = [output_projection]*9*C_out*C_out*S", ""),
        *_frame_macs(),
        ("macs = project_macs + products + output_macs + frame_macs", ""),
    ]
    return Page(_lines(formula), _lines(_columns(shapes)), _lines(cost))


def convolution_page(*, volumetric: bool) -> Page:
    """The texts of a convolution cell."""
    kernel = "3x3x3" if volumetric else "3x3"
    formula = [
        (f"c       = act(N(conv{kernel}(N1(x))))", "without bias; N like N1"),
        ("A(x)    = N1(x) + c", "where C_in = C_out; else c"),
        *_residual("r x r convolutions, r = mixer_kernel"),
    ]
    shapes = [
        *_first_shapes(),
        ("conv.conv", "(B, C_out, D, H, W)" if volumetric else "(N, C_out, H, W)", f"{kernel}, the border mirrored"),
        ("conv.norm", "(N, C_out, H, W)", ""),
        ("conv.act", "(N, C_out, H, W)", ""),
        *_last_shapes(),
    ]
    cost = [
        *_letters(),
        ("S = D*H*W", "pixels of the map"),
        (f"k = {27 if volumetric else 9}", f"weights of a {kernel} kernel"),
        *_frame_letters(),
        *_part("Parameters"),
        *_frame_params(),
        ('operation = k*C_in*C_out + w*C_out + [activation == "prelu"]', "no bias; norm; activation"),
        ("params = operation + frame", ""),
        *_part("MACs"),
        *_frame_macs(),
        ("macs = k*C_in*C_out*S + frame_macs", ""),
    ]
    return Page(_lines(formula), _lines(_columns(shapes)), _lines(cost))


class _Cut(NamedTuple):
    """What the lines of an attention over windows differ by."""

    among: Among
    unit: Unit
    volumetric: bool
    output: str  # kernel of the output projection

    @property
    def kernel(self) -> str:
        return "3x3x3" if self.volumetric else "3x3"

    @property
    def axes(self) -> str:
        """Axes that are cut."""
        return "DHW" if self.volumetric else "HW"

    @property
    def tokens(self) -> str:
        """Tokens of a group."""
        return "m" if self.among == "patches" else "n"

    @property
    def group(self) -> str:
        """A group in words."""
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
        """Groups of a map."""
        return {"patches": "n", "windows": "m", "whole": "1"}[self.among]

    def over(self, text: str, join: str = "*") -> str:
        """The text for every axis that is cut, `#` standing for the axis."""
        return join.join(text.replace("#", axis) for axis in self.axes)

    @property
    def strided(self) -> str:
        """Axes of queries and keys."""
        lead = "" if self.volumetric else "D*"
        return lead + self.over("ceil(#/s_#)")


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
        lines.append(("shift   = roll by half a window", "Sw, Sh: before the windows are cut; o is rolled back"))
    seen = "of the group, neighbours before the roll" if shifts else "of the group"
    output = f"conv{cut.output}"
    return [
        *lines,
        *_scores(" + b(i - j)", seen),
        (f"A(x)    = {output}(o)", "output_projection; else o"),
        *_residual('r x r convolutions; mixer "linear": layers on ' + _mixed(cut.unit)),
    ]


def _mixed(unit: Unit) -> str:
    return "patches" if unit == "patch" else "windows"


def _scores(bias: str, seen: str) -> list[Line]:
    learned = "; b: a learned table, per head" if bias else ""
    return [
        (f"e_ij    = cos(q_i, k_j){bias}", f'score "cosine"{learned}'),
        (
            f"     or   q_i . k_j / sqrt(F){bias}",
            'score "dot", F features; normalize_qk: (q - mean)/std',
        ),
        ("o_i     = sum_j softmax_j(e_ij) v_j", f"j: those {seen}"),
    ]


def _residual(layers: str) -> list[Line]:
    return [
        ("y       = P(x) + SD(A(x))", "P: conv3x3 if C_in != C_out, else x; SD: drop_path"),
        ("z       = y + SD(M(N2(y)))", 'arrangement "sequential"; mixer "none": z = y'),
        ("     or   y + SD(M(N1(x)))", 'arrangement "parallel"'),
        ("M(u)    = fc2(act(fc1(u)))", layers),
    ]


def _first_shapes() -> list[tuple[str, str, str]]:
    return [
        ("x", "(B, C_in, D, H, W)", "or (B, C_in, H, W); inside: frames, N = B*D"),
        ("input_proj", "(N, C_out, H, W)", "P, where C_in != C_out"),
        ("norm1", "(N, C_in, H, W)", ""),
    ]


def _last_shapes(hidden: str = "", out: str = "") -> list[tuple[str, str, str]]:
    """Mixer and output; `hidden` and `out` are shapes in a linear mixer."""
    linear = [("mixer.fc1", hidden, 'mixer "linear"'), ("mixer.fc2", out, 'mixer "linear"')] if hidden else []
    return [
        ("norm2", "(N, C_out, H, W)", 'arrangement "sequential"'),
        ("mixer.fc1", "(N, floor(mixer_ratio*C_out), H, W)", 'mixer "conv"'),
        ("mixer.fc2", "(N, C_out, H, W)", 'mixer "conv"'),
        *linear,
        ("z", "(B, C_out, D, H, W)", "with as many axes as x"),
    ]


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
        *_first_shapes(),
        ("attn.query", asked, 'projection "conv"; also attn.key'),
        ("attn.value", values, f'projection "conv"{frames}'),
        ("attn.query", f"({groups}, {cut.tokens}, p*C_out)", 'projection "linear"; key, value too'),
        ("q, k", f"({groups}, h, {cut.tokens}, p/({strided})*C_out/h)", "s: stride_qk; linear: s = 1"),
        ("v", f"({groups}, h, {cut.tokens}, p*C_out/h)", ""),
        ("weights", f"({groups}, h, {cut.tokens}, {cut.tokens})", "on a CPU never in memory as a whole"),
        ("attn.output_proj", values, "output_projection"),
        *_last_shapes(f"({rows}, 1, floor(mixer_ratio*{size}*C_out))", f"({rows}, 1, {size}*C_out)"),
    ]
    return _columns(shapes)


def _window_cost(cut: _Cut, pointwise: bool) -> list[Line]:
    if cut.volumetric:
        kernel: Line = ("k = 27 if D > 1 else 9", "weights of a kernel, 3x3x3 or 3x3")
    else:
        kernel = ("k = 9", "weights of a 3x3 kernel")
    size = {"patch": "p", "window": "p", "pixel": "m"}[cut.unit]
    rows = ("" if cut.volumetric else "D*") + cut.over(f"ceil(#/{size}_#)")
    k_out = "" if pointwise else "k*"
    axes = " = ".join(("p", cut.over("p_#")))
    patch = {
        "patch": f"windows n, patches of a window m, pixels of a patch p; {axes}",
        "window": f"windows n, pixels of a window p; {axes}",
        "pixel": f"windows n, pixels of a window m, p = 1; m = {cut.over('m_#')}",
    }[cut.unit]
    groups = cut.maps + cut.groups
    return [
        *_letters(),
        ("", f"{patch}, as they are after padding"),
        ("S = D*H*W", "pixels of the map"),
        kernel,
        (f"T = {cut.tokens}", "tokens of a group"),
        (f"G = {groups.removesuffix('*1')}", "groups of a sample"),
        (f's = {cut.over("s_#")} if projection == "conv" else 1', "stride_qk: a query has p/s pixels"),
        (f"Q = {cut.strided}", "pixels of the queries, or of the keys"),
        *_frame_letters(size),
        *_part("Parameters"),
        ("conv_qkv = 3*(k*C_in*C_out + C_out)", "query, key, value: with bias"),
        ("linear_qkv = 3*(p*C_in*p*C_out + p*C_out)", "with bias"),
        ('projections = conv_qkv if projection == "conv" else linear_qkv', ""),
        (f"table = [relative_position]*heads*{cut.over(f'(2*{cut.tokens}_# - 1)')}", "the position bias"),
        (f"output = [output_projection]*({k_out}C_out*C_out + C_out)", f"{cut.output}, with bias"),
        *_frame_params(size),
        ("params = projections + table + output + frame", ""),
        *_part("MACs"),
        ("conv_macs = k*C_in*C_out*(2*Q + S)", "query, key, value"),
        ("linear_macs = 3*G*T*p*C_in*p*C_out", ""),
        ('project_macs = conv_macs if projection == "conv" else linear_macs', ""),
        ("products = G*T*T*(p//s + p)*C_out", "T tokens with T: scores, and values"),
        (f"output_macs = [output_projection]*{k_out}C_out*C_out*S", ""),
        *_frame_macs(size, rows),
        ("macs = project_macs + products + output_macs + frame_macs", ""),
    ]


def _letters() -> list[Line]:
    return [("", "C_in, C_out channels; D frames of H x W pixels; one sample; [condition] is 1 or 0")]


def _part(name: str) -> list[Line]:
    return [("", ""), ("", name)]


def _frame_letters(token: str = "") -> Iterable[Line]:
    """Norms and mixer; a linear mixer works on tokens of `token` pixels."""
    yield "r = mixer_kernel", ""
    yield "u = floor(mixer_ratio*C_out)", "hidden channels of the mixer"
    if token:
        yield f"v = floor(mixer_ratio*{token}*C_out)", "hidden features of a linear mixer"
    yield 'c = C_in if arrangement == "parallel" else C_out', "channels that enter the mixer"


def _frame_params(token: str = "") -> Iterable[Line]:
    """Norms, input projection and mixer."""
    yield 'pixelwise = 2*H*W*[norm == "layer"] + 2*D*H*W*[norm == "layer3d"]', ""
    yield 'w = pixelwise + 2*[norm in ("batch2d", "batch3d", "channel")]', "weights of a norm, per channel"
    yield "norm1 = w*C_in", ""
    yield 'norm2 = [mixer != "none" and arrangement == "sequential"]*w*C_out', ""
    yield "input_proj = [C_in != C_out]*(9*C_in*C_out + C_out)", "3x3, with bias"
    yield 'conv_mixer = [mixer == "conv"]*(r*r*c*u + u + r*r*u*C_out + C_out)', "with bias"
    linear = ""
    if t := token:
        yield f'linear_mixer = [mixer == "linear"]*({t}*c*v + v + v*{t}*C_out + {t}*C_out)', "with bias"
        linear = " + linear_mixer"
    yield 'act = [mixer != "none" and activation == "prelu"]', "one weight"
    yield f"frame = norm1 + norm2 + input_proj + conv_mixer{linear} + act", ""


def _frame_macs(token: str = "", rows: str = "") -> Iterable[Line]:
    """Input projection and mixer; a linear mixer works on `rows` tokens of `token` pixels."""
    yield "input_macs = [C_in != C_out]*9*C_in*C_out*S", ""
    yield 'mixer_macs = [mixer == "conv"]*r*r*u*(c + C_out)*S', ""
    if token:
        yield f'linear_mixer_macs = [mixer == "linear"]*{token}*v*(c + C_out)*{rows}', ""
    yield f"frame_macs = input_macs + mixer_macs{' + linear_mixer_macs' if token else ''}", ""


def _columns(rows: Iterable[tuple[str, str, str]]) -> list[Line]:
    rows = list(rows)
    width = max(len(name) for name, _, _ in rows)
    return [(f"{name:<{width}}  {shape}", said) for name, shape, said in rows]


def _lines(lines: Iterable[Line]) -> str:
    """Lines with what is said of them in a column of its own."""
    lines = list(lines)
    width = max((len(line) for line, said in lines if said and len(line) <= COLUMN), default=0)
    return "\n".join((f"{line:<{width}}  # {said}" if line else f"# {said}") if said else line for line, said in lines)
