"""Texts of the pages of the convolution cells."""

from __future__ import annotations

from archlab.cells.residual.page import (
    Page,
    columns,
    first_shapes,
    heading,
    last_shapes,
    letters,
    residual_lines,
    shell_letters,
    shell_macs,
    shell_params,
    text_of,
)


def convolution_page(*, volumetric: bool) -> Page:
    """The texts of a convolution cell."""
    kernel = "3x3x3" if volumetric else "3x3"
    formula = [
        (f"c       = act(N(conv{kernel}(N1(x))))", "without bias; N like N1"),
        ("A(x)    = N1(x) + c", "where C_in = C_out; else c"),
        *residual_lines("r x r convolutions, r = mixer_kernel"),
    ]
    shapes = [
        *first_shapes(),
        ("conv.conv", "(B, C_out, D, H, W)" if volumetric else "(N, C_out, H, W)", f"{kernel}, the border mirrored"),
        ("conv.norm", "(N, C_out, H, W)", ""),
        ("conv.act", "(N, C_out, H, W)", ""),
        *last_shapes(),
    ]
    cost = [
        *letters(),
        ("S = D*H*W", "pixels of the map"),
        (f"k = {27 if volumetric else 9}", f"weights of a {kernel} kernel"),
        *shell_letters(),
        *heading("Parameters"),
        *shell_params(),
        ('operation = k*C_in*C_out + w*C_out + [activation == "prelu"]', "no bias; norm; activation"),
        ("params = operation + frame", ""),
        *heading("MACs"),
        *shell_macs(),
        ("macs = k*C_in*C_out*S + frame_macs", ""),
    ]
    return Page(text_of(formula), text_of(columns(shapes)), text_of(cost))
