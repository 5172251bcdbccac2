"""HRViT's cell and its two halves: attention in stripes, and a feed-forward part with depth-wise convolutions."""
