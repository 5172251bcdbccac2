"""Texts of the page of the Swin block; tests evaluate its cost against the closed form."""

from __future__ import annotations

from archlab.cells.residual.page import heading, letters, text_of

FORMULA = text_of(
    [
        ("x       = the map, or P of it", "P: a linear layer where C_in != C_out"),
        ("q, k, v = W N1(x) + b", "one linear layer"),
        ("e_ij    = q_i . k_j / sqrt(F) + b(i - j)", "pixels i, j of a window; F features and a table b per head"),
        ("o_i     = sum_j softmax_j(e_ij) v_j", "Sw: windows moved by half, j a neighbour before the roll"),
        ("y       = x + SD(O(o))", "O: a linear layer; SD: drop_path"),
        ("z       = y + SD(M(N2(y)))", ""),
        ("M(u)    = fc2(gelu(fc1(u)))", "linear layers on each pixel"),
    ]
)
COST = text_of(
    [
        *letters(),
        ("", "windows n, pixels of a window m = m_H*m_W, as they are after padding"),
        ("S = D*H*W", "pixels of the map"),
        ("G = D*n", "windows of a sample"),
        ("u = floor(ratio*C_out)", "hidden features of the MLP"),
        *heading("Parameters"),
        ("input_proj = [C_in != C_out]*(C_in*C_out + C_out)", "with bias"),
        ("qkv = 3*C_out*C_out + 3*[qkv_bias]*C_out", ""),
        ("table = heads*(2*m_H - 1)*(2*m_W - 1)", "the position bias"),
        ("output = C_out*C_out + C_out", "with bias"),
        ("mlp = 2*u*C_out + u + C_out", "with bias"),
        ("norms = 4*C_out", "two of them"),
        ("params = input_proj + qkv + table + output + mlp + norms", ""),
        *heading("MACs"),
        ("input_macs = [C_in != C_out]*C_in*C_out*S", ""),
        ("layers = 4*G*m*C_out*C_out", "queries, keys, values, output"),
        ("products = 2*G*m*m*C_out", "m pixels with m: scores, and values"),
        ("macs = input_macs + layers + products + 2*u*C_out*S", ""),
    ]
)
