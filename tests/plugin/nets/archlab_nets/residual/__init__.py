"""Residual cells of HRNet."""
