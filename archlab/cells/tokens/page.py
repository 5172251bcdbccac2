"""Texts of the page of the transformer cells on tokens."""

from __future__ import annotations

from archlab.cells.residual.page import Page, heading, letters, text_of


def token_page() -> Page:
    """The texts of a transformer cell on tokens."""
    formula = [
        ("t       = pixels of a frame, and extra tokens", "T tokens of C_in numbers"),
        ("q, k, v = W_qkv N1(t)", "N: layer norm over the channels; h heads share them out"),
        ("o_i     = sum_j softmax_j(q_i . k_j / sqrt(C_out/h)) v_j", "j: all tokens of the frame"),
        ("y       = P(t) + SD(s1 * W_o o)", "P: linear if C_in != C_out, else t; SD: drop_path"),
        ("z       = y + SD(s2 * M(N2(y)))", "s1, s2: a factor per channel, with layer_scale"),
        ("M(u)    = fc2(gelu(fc1(u)))", "exact GELU; floor(ratio*C_out) hidden channels"),
    ]
    cost = [
        *letters(),
        ("T = H*W", "tokens of a frame; and the extra ones, where the map carries such"),
        ("u = floor(ratio*C_out)", "hidden channels of the MLP"),
        *heading("Parameters"),
        ("norms = 2*C_in + 2*C_out", ""),
        ("qkv = 3*C_in*C_out + [qkv_bias]*3*C_out", ""),
        ("output = C_out*C_out + C_out", ""),
        ("mlp = 2*C_out*u + u + C_out", ""),
        ("input_proj = [C_in != C_out]*(C_in*C_out + C_out)", "linear, with bias"),
        ("scales = [layer_scale > 0]*2*C_out", ""),
        ("params = norms + qkv + output + mlp + input_proj + scales", ""),
        *heading("MACs"),
        ("layers = 3*C_in*C_out + C_out*C_out + 2*C_out*u + [C_in != C_out]*C_in*C_out", "of a token"),
        ("products = 2*T*C_out", "of a token with T tokens: scores, and values"),
        ("macs = D*T*(layers + products)", ""),
    ]
    return Page(text_of(formula), "", text_of(cost))
