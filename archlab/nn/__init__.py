"""Torch modules with plain arguments; nothing here knows a document, a graph or a part.

One legend for every shape in this package:

    B  batch                  C  channels               D  depth, time or frames
    H  height                 W  width                  N  frames of a batch, B * D
    n  windows of a frame     m  patches of a window    p  pixels of a patch
    G  groups that attend among themselves              T  tokens of a group
    h  heads                  F  features of a token

Maps are `(B, C, H, W)` or `(B, C, D, H, W)`. Two-dimensional work is done on *frames* `(N, C, H, W)`: a 4-D tensor is
its own frames, a 5-D one is brought into frame-major memory once and stays in it from cell to cell (`frames.py`).
"""
