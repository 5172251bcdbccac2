"""Convolution cells, in two and three dimensions."""
