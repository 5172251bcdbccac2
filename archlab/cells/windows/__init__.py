"""Attention over windows: local, global, ViT-like and Swin, in two and three dimensions."""
