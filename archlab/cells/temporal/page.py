"""Texts of the page of attention along D."""

from __future__ import annotations

from archlab.cells.residual.page import (
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


def temporal_page() -> Page:
    """The texts of attention along D."""
    formula = [
        ("q, k, v = conv3x3(N1(x))", "three convolutions, frame by frame"),
        ("q_i, k_i, v_i = frame i of a sample", "a token: C_out*H*W numbers; h heads share them out"),
        *score_lines("", "of a sample; causal: j <= i"),
        ("A(x)    = conv3x3(o)", "output_projection; else o"),
        *residual_lines("r x r convolutions, r = mixer_kernel"),
    ]
    strided = "ceil(H/s_H), ceil(W/s_W)"
    shapes = [
        *first_shapes(),
        ("attn.query", f"(N, C_out, {strided})", "s: stride_qk; also attn.key"),
        ("attn.value", "(N, C_out, H, W)", ""),
        ("q, k", f"(B, h, D, C_out*{strided.replace(', ', '*')}/h)", "D tokens, h heads"),
        ("v", "(B, h, D, C_out*H*W/h)", ""),
        ("weights", "(B, h, D, D)", "on a CPU never in memory as a whole"),
        ("attn.output_proj", "(N, C_out, H, W)", "output_projection"),
        *last_shapes(),
    ]
    cost = [
        *letters(),
        ("S = D*H*W", "pixels of the map"),
        ("Q = D*ceil(H/s_H)*ceil(W/s_W)", "pixels of the queries, or of the keys; s: stride_qk"),
        *shell_letters(),
        *heading("Parameters"),
        ("projections = 3*(9*C_in*C_out + C_out)", "query, key, value: 3x3, with bias"),
        ("output = [output_projection]*(9*C_out*C_out + C_out)", "3x3, with bias"),
        *shell_params(),
        ("params = projections + output + frame", ""),
        *heading("MACs"),
        ("project_macs = 9*C_in*C_out*(2*Q + S)", "query, key, value"),
        ("products = D*C_out*(Q + S)", "each frame with D frames: scores, and values"),
        ("output_macs = [output_projection]*9*C_out*C_out*S", ""),
        *shell_macs(),
        ("macs = project_macs + products + output_macs + frame_macs", ""),
    ]
    return Page(text_of(formula), text_of(columns(shapes)), text_of(cost))
