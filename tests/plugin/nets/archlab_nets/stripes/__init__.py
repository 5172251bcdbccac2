"""The cell of HRViT."""
