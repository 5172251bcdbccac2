"""Sizes, windows and groups of pixels: integers and feature maps only."""
