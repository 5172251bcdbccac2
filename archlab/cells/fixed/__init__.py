"""Cells that layouts put around blocks: an activation, a norm over channels, HRViT's patch embedding."""
