"""The cells once more, slowly: float64, one window, one head and one query at a time, straight from the formulas.

Shares nothing with archlab but the names of the parameters. Everything is a volume `(C, D, H, W)` of one sample;
what works on frames sees volumes of one frame.
"""
