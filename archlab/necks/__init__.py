"""Necks: one file per kind. A file here imports no torch and no other neck."""
