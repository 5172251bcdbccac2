"""Transformer cells on tokens: pixels of a map, and extra tokens that it may carry."""
