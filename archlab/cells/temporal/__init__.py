"""Attention along D: time, slices or frames."""
