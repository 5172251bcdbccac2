"""Parts for archlab from outside: what HRNetV2 and HRViT are made of, known by archlab's public names only."""
