"""What the pages of cells in a residual shell say in letters: put together from lines that they share.

The letters are those of `archlab.nn`; cost lines are arithmetic, one assignment a line, where `[condition]` is 1 if the
condition holds and 0 if not. Tests evaluate shapes and costs against the modules and the closed forms.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archlab.parts.cell import Cell

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


def score_lines(bias: str, seen: str) -> list[Line]:
    learned = "; b: a learned table, per head" if bias else ""
    return [
        (f"e_ij    = cos(q_i, k_j){bias}", f'score "cosine"{learned}'),
        (
            f"     or   q_i . k_j / sqrt(F){bias}",
            'score "dot", F features; normalize_qk: (q - mean)/std',
        ),
        ("o_i     = sum_j softmax_j(e_ij) v_j", f"j: those {seen}"),
    ]


def residual_lines(layers: str) -> list[Line]:
    return [
        ("y       = P(x) + SD(A(x))", "P: conv3x3 if C_in != C_out, else x; SD: drop_path"),
        ("z       = y + SD(M(N2(y)))", 'arrangement "sequential"; mixer "none": z = y'),
        ("     or   y + SD(M(N1(x)))", 'arrangement "parallel"'),
        ("M(u)    = fc2(act(fc1(u)))", layers),
    ]


def first_shapes() -> list[tuple[str, str, str]]:
    return [
        ("x", "(B, C_in, D, H, W)", "or (B, C_in, H, W); inside: frames, N = B*D"),
        ("input_proj", "(N, C_out, H, W)", "P, where C_in != C_out"),
        ("norm1", "(N, C_in, H, W)", ""),
    ]


def last_shapes(hidden: str = "", out: str = "") -> list[tuple[str, str, str]]:
    """Mixer and output; `hidden` and `out` are shapes in a linear mixer."""
    linear = [("mixer.fc1", hidden, 'mixer "linear"'), ("mixer.fc2", out, 'mixer "linear"')] if hidden else []
    return [
        ("norm2", "(N, C_out, H, W)", 'arrangement "sequential"'),
        ("mixer.fc1", "(N, floor(mixer_ratio*C_out), H, W)", 'mixer "conv"'),
        ("mixer.fc2", "(N, C_out, H, W)", 'mixer "conv"'),
        *linear,
        ("z", "(B, C_out, D, H, W)", "with as many axes as x"),
    ]


def letters() -> list[Line]:
    return [("", "C_in, C_out channels; D frames of H x W pixels; one sample; [condition] is 1 or 0")]


def heading(name: str) -> list[Line]:
    return [("", ""), ("", name)]


def shell_letters(token: str = "") -> Iterable[Line]:
    """Norms and mixer; a linear mixer works on tokens of `token` pixels."""
    yield "r = mixer_kernel", ""
    yield "u = floor(mixer_ratio*C_out)", "hidden channels of the mixer"
    if token:
        yield f"v = floor(mixer_ratio*{token}*C_out)", "hidden features of a linear mixer"
    yield 'c = C_in if arrangement == "parallel" else C_out', "channels that enter the mixer"


def shell_params(token: str = "") -> Iterable[Line]:
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


def shell_macs(token: str = "", rows: str = "") -> Iterable[Line]:
    """Input projection and mixer; a linear mixer works on `rows` tokens of `token` pixels."""
    yield "input_macs = [C_in != C_out]*9*C_in*C_out*S", ""
    yield 'mixer_macs = [mixer == "conv"]*r*r*u*(c + C_out)*S', ""
    if token:
        yield f'linear_mixer_macs = [mixer == "linear"]*{token}*v*(c + C_out)*{rows}', ""
    yield f"frame_macs = input_macs + mixer_macs{' + linear_mixer_macs' if token else ''}", ""


def columns(rows: Iterable[tuple[str, str, str]]) -> list[Line]:
    rows = list(rows)
    width = max(len(name) for name, _, _ in rows)
    return [(f"{name:<{width}}  {shape}", said) for name, shape, said in rows]


def text_of(lines: Iterable[Line]) -> str:
    """Lines with what is said of them in a column of its own."""
    lines = list(lines)
    width = max((len(line) for line, said in lines if said and len(line) <= COLUMN), default=0)
    return "\n".join((f"{line:<{width}}  # {said}" if line else f"# {said}") if said else line for line, said in lines)
